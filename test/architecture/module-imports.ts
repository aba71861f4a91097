import ts from 'typescript';

export interface ModuleImport {
  specifier: string;
  /** Erased by the compiler: nothing is loaded at run time. */
  typeOnly: boolean;
  line: number;
}

export interface ModuleFacts {
  imports: ModuleImport[];
  /** Lines that reach for the environment: `process.env`, `const { env } = process`, `import { env } from 'node:process'`. */
  environmentLines: number[];
}

/** Reads what a module imports and whether it reads the environment, with TypeScript's own parser: comments and texts don't count. */
export function readModule(path: string, source: string): ModuleFacts {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const facts: ModuleFacts = { imports: [], environmentLines: [] };
  const lineOf = (node: ts.Node) => file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found) facts.imports.push({ ...found, line: lineOf(node) });
    if (readsEnvironment(node)) facts.environmentLines.push(lineOf(node));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return facts;
}

function importOf(node: ts.Node): Omit<ModuleImport, 'line'> | undefined {
  if (ts.isImportDeclaration(node)) return named(node.moduleSpecifier, isTypeOnly(node.importClause));
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    const elements = node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : [];
    const allTypes = elements.length > 0 && elements.every((element) => element.isTypeOnly);
    return named(node.moduleSpecifier, node.isTypeOnly || allTypes);
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return named(node.moduleReference.expression, node.isTypeOnly);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return named(node.argument.literal, true);
  if (ts.isCallExpression(node) && isLoadingCall(node.expression)) return named(node.arguments[0], false);
  return undefined;
}

function named(specifier: ts.Node | undefined, typeOnly: boolean): Omit<ModuleImport, 'line'> {
  // A computed specifier could name anything: shown as such, so that a rule refuses it.
  return { specifier: specifier && ts.isStringLiteralLike(specifier) ? specifier.text : '<computed>', typeOnly };
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const bindings = clause.namedBindings;
  const allTypes = bindings && ts.isNamedImports(bindings) && bindings.elements.every((element) => element.isTypeOnly);
  return clause.name === undefined && Boolean(allTypes) && (bindings as ts.NamedImports).elements.length > 0;
}

function isLoadingCall(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');
}

function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === 'env';
  if (ts.isElementAccessExpression(node)) {
    const key = node.argumentExpression;
    return isProcess(node.expression) && ts.isStringLiteralLike(key) && key.text === 'env';
  }
  if (ts.isVariableDeclaration(node) && node.initializer && isProcess(node.initializer)) {
    return ts.isObjectBindingPattern(node.name) && node.name.elements.some((element) => nameOf(element) === 'env');
  }
  if (ts.isImportSpecifier(node)) {
    const { moduleSpecifier } = node.parent.parent.parent;
    const fromProcess = ts.isStringLiteral(moduleSpecifier) && /^(node:)?process$/.test(moduleSpecifier.text);
    return fromProcess && (node.propertyName ?? node.name).text === 'env';
  }
  return false;
}

function isProcess(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return node.text === 'process';
  return (
    ts.isPropertyAccessExpression(node) && node.name.text === 'process' && node.expression.getText() === 'globalThis'
  );
}

function nameOf(element: ts.BindingElement): string {
  return (element.propertyName ?? element.name).getText();
}

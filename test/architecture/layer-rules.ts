import { posix } from 'node:path';
import { readModule } from './module-imports.ts';

interface Layer {
  /** The folder, or one file; the first that matches a path is its layer. */
  at: string;
  /** Folders whose values it may import, besides its own. */
  folders: readonly string[];
  /** Folders of which it may import types only. */
  types?: readonly string[];
  /** Packages by name, or `node:` for all of Node's own; 'any' for every library. */
  libraries: readonly string[] | 'any';
  /** Whether it may read process.env: mains and what brings machines up. */
  environment?: 'allowed';
}

const BELOW_CLI = ['core', 'workflows', 'activities', 'adapters', 'client', 'infra'];

/** Who may import whom. What isn't listed may not be there at all. */
export const LAYERS: readonly Layer[] = [
  { at: 'core', folders: [], libraries: ['zod'] },
  {
    at: 'workflows',
    folders: ['core'],
    types: ['activities'],
    libraries: ['@temporalio/workflow', '@temporalio/common'],
  },
  {
    at: 'activities',
    folders: ['core', 'adapters'],
    libraries: ['@temporalio/activity', '@temporalio/common', 'node:', 'zod'],
  },
  { at: 'adapters', folders: ['core'], libraries: 'any' },
  {
    at: 'client',
    folders: ['core', 'adapters'],
    types: ['workflows'],
    libraries: ['@temporalio/client', '@temporalio/common', 'node:', 'zod'],
  },
  // Set-up runs before any package is installed.
  { at: 'infra/setup', folders: [], libraries: ['node:'], environment: 'allowed' },
  { at: 'infra/setup.mjs', folders: ['infra/setup'], libraries: ['node:'], environment: 'allowed' },
  { at: 'infra/phantom', folders: ['core', 'adapters', 'client'], libraries: 'any', environment: 'allowed' },
  { at: 'infra/simulated-reviewer', folders: ['core', 'adapters', 'client'], libraries: 'any', environment: 'allowed' },
  { at: 'infra', folders: ['core', 'adapters', 'client'], libraries: 'any', environment: 'allowed' },
  // Bundled for browsers: nothing of Node's below it.
  { at: 'web/page', folders: ['core', 'web/api-shapes.ts'], libraries: 'any' },
  { at: 'web/main.ts', folders: ['web', ...BELOW_CLI], libraries: 'any', environment: 'allowed' },
  { at: 'web', folders: ['core', 'adapters', 'client'], libraries: 'any' },
  { at: 'workers', folders: ['package.json', ...BELOW_CLI], libraries: 'any', environment: 'allowed' },
  { at: 'cli/main.ts', folders: ['cli', 'web', 'workers', ...BELOW_CLI], libraries: 'any', environment: 'allowed' },
  { at: 'cli', folders: ['web', 'workers', 'package.json', ...BELOW_CLI], libraries: 'any' },
  // Measures what is below the command line against peers, and brings the peers up.
  { at: 'bench', folders: BELOW_CLI, libraries: 'any', environment: 'allowed' },
];

/** Every breach of the layer rule in one file, as `<path>:<line>: <what>`; `path` is relative to the repository. */
export function breaches(path: string, source: string): string[] {
  const layer = LAYERS.find(({ at }) => isUnder(path, at));
  if (!layer) return [`${path}:1: lies in no layer that the rule knows`];
  const { imports, environmentLines } = readModule(path, source);
  const wrong = imports
    .filter(({ specifier, typeOnly }) => !mayImport(layer, path, specifier, typeOnly))
    .map(({ specifier, line }) => `${path}:${line}: ${layer.at} may not import ${specifier}`);
  const reads = layer.environment === 'allowed' ? [] : environmentLines;
  return [
    ...wrong,
    ...reads.map((line) => `${path}:${line}: ${layer.at} may not read the environment, only mains may`),
  ];
}

function mayImport(layer: Layer, path: string, specifier: string, typeOnly: boolean): boolean {
  if (!specifier.startsWith('.')) return mayUse(layer, specifier);
  const target = posix.join(posix.dirname(path), specifier);
  const folders = [layer.at, ...layer.folders, ...(typeOnly ? (layer.types ?? []) : [])];
  return folders.some((folder) => isUnder(target, folder));
}

function mayUse({ libraries }: Layer, specifier: string): boolean {
  if (specifier === '<computed>' || specifier.startsWith('/')) return false;
  if (libraries === 'any') return true;
  return libraries.some((allowed) =>
    allowed === 'node:' ? specifier.startsWith('node:') : isUnder(specifier, allowed),
  );
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

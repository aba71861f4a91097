import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

describe('links in the documents', () => {
  const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);

  it('lead to files and headings that exist', () => {
    expect(documents.length).toBeGreaterThan(10);
    expect(documents.flatMap((path) => brokenLinks(path, readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
  });

  it('lead from docs/README.md to every document beside it', () => {
    const beside = documents.filter((path) => /^docs\/[^/]+$/.test(path) && path !== 'docs/README.md');
    const listed = linksOf(readFileSync(join(ROOT, 'docs/README.md'), 'utf8')).map((link) => `docs/${link}`);
    expect(beside.length).toBeGreaterThan(15);
    expect(beside.filter((path) => !listed.includes(path))).toEqual([]);
  });

  // Controls: each of these is broken, in a document of the folder docs.
  it.each([
    '[a](nowhere.md)',
    'text [a](../README.md#no-such-heading) text',
    '[a](#no-such-heading)',
    '[a](../../outside.md)',
    '[a](/docs/cli.md)',
    '![a](nowhere.png)',
    '[a]: nowhere.md',
    '<a href="nowhere.md">a</a>',
  ])('notices %s', (text) => {
    expect(brokenLinks('docs/made-up.md', text)).toHaveLength(1);
  });

  it.each([
    '[a](cli.md)',
    '[a](../core/)',
    '[a](cli.md#exit-codes)',
    '# A heading, `with` code\n[a](#a-heading-with-code)',
    '# Twice\n# Twice\n[a](#twice-1)',
    '[a](https://example.org/nowhere.md)',
    '```\n[a](nowhere.md)\n```',
    '`[a](nowhere.md)`',
  ])('lets pass %s', (text) => {
    expect(brokenLinks('docs/made-up.md', text)).toEqual([]);
  });
});

/** Links of one document that lead nowhere, as `<document>: <link>`. `path` is relative to the repository. */
function brokenLinks(path: string, markdown: string): string[] {
  return linksOf(markdown)
    .filter((link) => !leadsSomewhere(link, path, markdown))
    .map((link) => `${path}: ${link}`);
}

function linksOf(markdown: string): string[] {
  const text = withoutFences(markdown).replaceAll(/`[^`\n]*`/g, 'code');
  const inline = text.matchAll(/\]\(\s*<?([^)\s>]+)/g);
  const definitions = text.matchAll(/^\s*\[[^\]]+\]:\s*<?([^\s>]+)/gm);
  const html = text.matchAll(/\b(?:href|src)="([^"]+)"/g);
  return [...inline, ...definitions, ...html].map(([, link]) => link!);
}

function leadsSomewhere(link: string, from: string, markdown: string): boolean {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return true; // another site
  const [file, heading] = link.split('#', 2) as [string, string?];
  const target = file === '' ? join(ROOT, from) : join(ROOT, dirname(from), decodeURI(file));
  const inside = !file.startsWith('/') && !relative(ROOT, target).startsWith('..');
  if (!inside) return false;
  if (file !== '' && !existsSync(target)) return false;
  if (heading === undefined) return true;
  const isDocument = file === '' || (target.endsWith('.md') && statSync(target).isFile());
  if (!isDocument) return true; // a line of a source file
  return anchorsOf(file === '' ? markdown : readFileSync(target, 'utf8')).has(heading);
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of withoutFences(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const shown = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const base = shown
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = base;
    for (let again = 1; anchors.has(anchor); again++) anchor = `${base}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^(```|~~~)[\s\S]*?^\1.*$/gm, '');
}

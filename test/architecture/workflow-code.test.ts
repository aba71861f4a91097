import { readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModule } from './module-imports.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The modules that a workflow loads, and what of theirs asks a schema: which throws in a workflow, as core/ is frozen there. */
describe('workflow code', () => {
  it('asks no schema', () => {
    const modules = loadedBy('workflows/index.ts');
    expect(modules.length).toBeGreaterThan(30);
    expect(modules).toContain('core/ids.ts');
    const found = modules.flatMap((path) =>
      questions(readFileSync(join(ROOT, path), 'utf8')).map((question) => `${path}: ${question}`),
    );
    expect(found, 'ask it before the workflow, or ask a pattern').toEqual([]);
  });

  it.each([
    ['  const checked = SeriesId.parse(id);', 'SeriesId.parse'],
    ['  const parsed = TaskId.safeParse(id);', 'TaskId.safeParse'],
    ['  return z.string().min(1).safeParse(id).success;', '.safeParse'],
  ])('finds the question in %s', (line, question) => {
    expect(questions(line)).toEqual([question]);
  });

  it('lets a text or a date be parsed', () => {
    expect(questions('  return [JSON.parse(text), Date.parse(text), parseTaskId(text)];')).toEqual([]);
  });
});

function questions(source: string): string[] {
  const asked = [...source.matchAll(/(\w*)\.(?:safeParse|parse|safeParseAsync|parseAsync|safeDecode|decode)\(/g)];
  return asked.filter(([, object]) => object !== 'JSON' && object !== 'Date').map(([text]) => text.slice(0, -1));
}

function loadedBy(path: string, known = new Set<string>()): string[] {
  known.add(path);
  for (const { specifier, typeOnly } of readModule(path, readFileSync(join(ROOT, path), 'utf8')).imports) {
    const target = posix.join(posix.dirname(path), specifier);
    if (!typeOnly && specifier.startsWith('.') && !known.has(target)) loadedBy(target, known);
  }
  return [...known].sort();
}

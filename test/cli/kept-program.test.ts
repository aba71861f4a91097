import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const LAST_COMMAND = "\nexport function lastCommand() { return 'words of'; }\n";
/** A package younger than two seconds isn't taken by its state. */
const SETTLED_MS = 2_100;

let root: string;
let kept: string;

/** A repository with a program of its own: `word.ts` and a package say what it prints, and how it was run. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kept-program-'));
  kept = join(root, '.spindle/program');
  for (const path of ['cli/kept', 'cli/spindle.mjs']) cpSync(join(ROOT, path), join(root, path), { recursive: true });
  mkdirSync(join(root, 'node_modules/shout'), { recursive: true });
  for (const name of ['esbuild', 'tsx'])
    symlinkSync(join(ROOT, 'node_modules', name), join(root, 'node_modules', name));
  write('node_modules/.package-lock.json', '{}');
  write('node_modules/shout/package.json', '{"name": "shout", "main": "index.js"}');
  write('node_modules/shout/index.js', "module.exports = (text) => text + '!';");
  write('package.json', '{"type": "module"}');
  write('tsconfig.json', '{}');
  write('cli/word.ts', "export const word: string = 'one';\nexport const at = import.meta.url;\n");
  const print = "console.log(typeof require === 'function' ? 'kept' : 'sources', shout(word), at);";
  write('cli/main.ts', `import shout from 'shout';\nimport { at, word } from './word.ts';\n${print}${LAST_COMMAND}`);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  writeFileSync(join(root, path), text);
}

/** Changes a file so that neither its length nor its time of change tells. */
function rewriteUnseen(path: string, from: string, to: string): void {
  const { atime, mtime } = statSync(join(root, path));
  write(path, readFileSync(join(root, path), 'utf8').replace(from, to));
  utimesSync(join(root, path), atime, mtime);
}

function run() {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(root, 'cli/spindle.mjs'), 'words'], {
    encoding: 'utf8',
  });
  return { stdout, stderr, status };
}

const printed = (how: 'kept' | 'sources', text: string) => ({
  stdout: `${how} ${text} ${pathToFileURL(join(root, 'cli/word.ts')).href}\n`,
  stderr: '',
  status: 0,
});

function files(ending: string): string[] {
  return readdirSync(kept, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending));
}

it('the kept program of this repository names errors as its sources do', () => {
  const args = [join(ROOT, 'cli/spindle.mjs'), 'frobnicate', '--json'];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
  expect(JSON.parse(stderr)).toMatchObject({ error: { name: 'CommanderError' } });
  expect(readdirSync(join(ROOT, '.spindle/program'))).toContain('inputs.json');
});

describe('the kept program', () => {
  it('is put together once, and its compiled code is kept', () => {
    expect(run()).toEqual(printed('kept', 'one!'));
    const [program] = files('main.cjs');
    expect(files('.code')).toEqual([join(program!, '..', `${process.version}-${process.arch}`, 'words.code')]);
    expect(run()).toEqual(printed('kept', 'one!'));
    expect(files('main.cjs')).toEqual([program]);
  });

  it('never runs an old source, whatever its length and time say', () => {
    run();
    rewriteUnseen('cli/word.ts', 'one', 'two');
    expect(run()).toEqual(printed('kept', 'two!'));
    rewriteUnseen('cli/word.ts', 'two', 'one');
    expect(run()).toEqual(printed('kept', 'one!'));
    expect(files('main.cjs')).toHaveLength(2);
  });

  it('never runs an old package, be it just changed or changed later', async () => {
    run();
    rewriteUnseen('node_modules/shout/index.js', '!', '?');
    expect(run()).toEqual(printed('kept', 'one?'));
    await sleep(SETTLED_MS);
    run();
    const built = statSync(join(kept, 'inputs.json')).ino;
    run();
    // By now it goes by what the file system says.
    expect(statSync(join(kept, 'inputs.json')).ino).toBe(built);
    rewriteUnseen('node_modules/shout/index.js', '?', '.');
    expect(run()).toEqual(printed('kept', 'one.'));
  });

  it('takes a module that was added', () => {
    run();
    write('cli/more.ts', "export const word = 'more';\n");
    const text = readFileSync(join(root, 'cli/main.ts'), 'utf8').replace('{ at, word } from', '{ at } from');
    write('cli/main.ts', `import { word } from './more.ts';\n${text}`);
    expect(run()).toEqual(printed('kept', 'more!'));
    write('cli/more.ts', "export const word = 'less';\n");
    expect(run()).toEqual(printed('kept', 'less!'));
  });

  it.each(['inputs.json', 'main.cjs', 'words.code'])('is made anew where %s is damaged or gone', (name) => {
    run();
    const path = join(kept, files(name)[0]!);
    if (name === 'main.cjs') rmSync(path);
    else writeFileSync(path, '["words of"]\nno such thing');
    expect(run()).toEqual(printed('kept', 'one!'));
    expect(existsSync(path)).toBe(true);
  });

  it('leaves what is no program to tsx, which says what is wrong', () => {
    run();
    write('cli/word.ts', 'export const word = ;\n');
    const { stdout, stderr, status } = run();
    expect({ stdout, status }).toEqual({ stdout: '', status: 1 });
    expect(stderr).toContain('word.ts');
  });

  it('is not needed: tsx runs the sources where nothing can be kept', () => {
    write('.spindle', 'a file where the folder would be');
    expect(run()).toEqual(printed('sources', 'one!'));
  });

  it('stays four times at most', () => {
    for (const word of ['a', 'b', 'c', 'd', 'e', 'f']) {
      write('cli/word.ts', `export const word = '${word}';\nexport const at = import.meta.url;\n`);
      expect(run()).toEqual(printed('kept', `${word}!`));
    }
    expect(files('main.cjs')).toHaveLength(4);
  });
});

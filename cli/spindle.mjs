#!/usr/bin/env node
// Runs cli/main.ts: put together with its packages into one file that is kept from run to run and made anew whenever a source has
// changed (cli/kept/), or, where that can't be, by tsx, which lets Node read TypeScript.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canRun, keptProgram, runKept } from './kept/load.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const KEPT = join(ROOT, '.spindle/program');

const program = canRun() ? (keptProgram(ROOT, KEPT) ?? (await madeProgram())) : null;
if (program) runKept(program, process.argv[2]);
else await runSources();

async function madeProgram() {
  try {
    const { buildProgram } = await import('./kept/build.mjs');
    return await buildProgram(ROOT, KEPT);
  } catch {
    // A source that is no TypeScript, a folder that can't be written to, no packages: tsx runs it, or says what is wrong.
    return null;
  }
}

async function runSources() {
  try {
    const { register } = await import('tsx/esm/api');
    register();
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('The packages of this clone are not installed: run `npm run setup`.');
    process.exit(1);
  }
  await import('./main.ts');
}

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import vm from 'node:vm';
import { programDigest } from './inputs.mjs';
import { writeWhole } from './whole-file.mjs';

/** The first words of commands, for which compiled code is kept apart: each start reads what it needs and little more. */
const NOUN = /^[a-z][a-z-]{0,30}$/;
/** What is compiled for a command line without one. */
const NO_NOUN = 'spindle';

/**
 * The path of the program that was kept for the sources as they are, or null. What is kept goes by the digest of all that went into
 * it, so a source that changed leads to nothing that was kept before.
 * @param {string} root the repository
 * @param {string} folder
 */
export function keptProgram(root, folder) {
  try {
    const inputs = JSON.parse(readFileSync(join(folder, 'inputs.json'), 'utf8'));
    const path = join(folder, programDigest(root, inputs) ?? 'none', 'main.cjs');
    return { path, source: readFileSync(path, 'latin1') };
  } catch {
    // Nothing kept, or a source that is gone: to be put together anew.
    return null;
  }
}

/** Whether this Node runs such a program: `import()` in it has to work. */
export function canRun() {
  return vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER !== undefined;
}

/**
 * Runs a program as its sources would run. The code that V8 has compiled is kept beside it when a command ends that has not run
 * before; V8 itself refuses code of another version of its own.
 * @param {{ path: string, source: string }} program
 * @param {string | undefined} noun the first word of the command line
 */
export function runKept({ path, source }, noun) {
  const key = noun !== undefined && NOUN.test(noun) ? noun : NO_NOUN;
  const codePath = join(dirname(path), `${process.version}-${process.arch}`, `${key}.code`);
  const known = readCode(codePath);
  const script = new vm.Script(source, {
    filename: path,
    ...(known && { cachedData: known.code }),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module);
  const commands = known && !script.cachedDataRejected ? known.commands : [];
  process.once('exit', () => {
    const command = module.exports.lastCommand();
    if (commands.includes(command) || (command ?? NO_NOUN).split(' ')[0] !== key) return;
    keepCode(codePath, script, [...commands, command]);
  });
}

/** Compiled code, after a line with the commands that it was compiled by. */
function readCode(path) {
  try {
    const bytes = readFileSync(path);
    const end = bytes.indexOf('\n');
    return { commands: JSON.parse(bytes.toString('utf8', 0, end)), code: bytes.subarray(end + 1) };
  } catch {
    return undefined;
  }
}

function keepCode(path, script, commands) {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeWhole(path, Buffer.concat([Buffer.from(`${JSON.stringify(commands)}\n`), script.createCachedData()]));
  } catch {
    // A disk that is full, or another's: the next start takes longer, and that is all.
  }
}

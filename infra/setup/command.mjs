import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT, SETUP_FOLDER } from './paths.mjs';
import { CommandError } from './setup-error.mjs';

const TAIL_LINES = 15;

/**
 * Runs a command to its end. Its whole output is added to `.spindle/setup/<step>.log`; each line also goes to `onLine`.
 * Rejects with a CommandError when it fails or can't be started.
 * @param {string} step
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, onLine?: (line: string) => void }} [options]
 * @returns {Promise<void>}
 */
export function runCommand(step, command, args, { cwd = ROOT, env = {}, onLine = () => {} } = {}) {
  mkdirSync(SETUP_FOLDER, { recursive: true });
  const log = join(SETUP_FOLDER, `${step}.log`);
  const file = createWriteStream(log, { flags: 'a' });
  const said = [command, ...args].join(' ');
  file.write(`\n$ ${said}\n`);
  const tail = [];
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      file.write(`${line}\n`);
      if (!line.trim()) return;
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      onLine(line);
    });
  }
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new CommandError(`\`${said}\` ${why}`, tail, relative(ROOT, log)));
    child.once('error', (error) => fail(`could not be started (${error.code ?? error.message})`));
    child.once('close', (code, signal) => {
      file.end();
      if (code === 0) resolve();
      else fail(signal ? `was ended by ${signal}` : `ended with code ${code}`);
    });
  });
}

/**
 * Asks a command for a short answer, such as its version; undefined when it fails or takes too long.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, timeoutMs?: number }} [options]
 */
export function askCommand(command, args, { cwd = ROOT, env = {}, timeoutMs = 60_000 } = {}) {
  const options = { cwd, env: { ...process.env, ...env }, encoding: 'utf8', timeout: timeoutMs };
  const { status, stdout } = spawnSync(command, args, options);
  return status === 0 ? stdout.trim() : undefined;
}

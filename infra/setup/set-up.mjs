import { parseArgs } from 'node:util';
import { browser } from './browser.mjs';
import { createDisplay } from './display.mjs';
import { temporalCli, versitygw } from './go-tools.mjs';
import { withSetupLock } from './lock.mjs';
import { nodePackages } from './node-packages.mjs';
import { dicomPackages, pythonPackages, pythonTestPackages } from './python.mjs';
import { TRAINER_NAMES, trainerPackages } from './trainers.mjs';
import { CommandError, SetupError } from './setup-error.mjs';

/**
 * Does every step that isn't done yet and gives the exit code: 0, 1 when a step failed, 2 for a wrong argument.
 * @param {string[]} args
 */
export async function setUp(args) {
  let options;
  try {
    const flag = { type: 'boolean', default: false };
    options = parseArgs({
      args,
      options: { 'for-tests': flag, 'without-python': flag, trainer: { type: 'string' } },
    }).values;
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return 2;
  }
  if (options.trainer !== undefined && !TRAINER_NAMES.includes(options.trainer)) {
    console.error(`no trainer "${options.trainer}" to install: ${TRAINER_NAMES.join(', ')}\n${USAGE}`);
    return 2;
  }
  const chains = chainsFor(options);
  if (chains.flat().every((step) => step.isDone())) return 0;
  const display = createDisplay(process.stderr);
  try {
    return await withSetupLock(display.note, () => runChains(chains, display));
  } finally {
    display.close();
  }
}

const USAGE = 'usage: node infra/setup.mjs [--for-tests] [--without-python] | --trainer <name>';

/** Steps of one chain run one after another, chains side by side: downloads beside a compiler keep two cores busy. */
function chainsFor(options) {
  if (options.trainer !== undefined) return [[trainerPackages(options.trainer)]];
  const own = [pythonPackages, dicomPackages];
  const python = options['for-tests'] ? [...own, pythonTestPackages] : own;
  return [
    [nodePackages, ...(options['without-python'] ? [] : python), ...(options['for-tests'] ? [browser] : [])],
    [versitygw, temporalCli],
  ];
}

async function runChains(chains, display) {
  const results = await Promise.allSettled(chains.map((chain) => runChain(chain, display)));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  for (const error of errors) explain(error, display);
  return errors.length > 0 ? 1 : 0;
}

async function runChain(chain, display) {
  for (const step of chain) {
    if (step.isDone()) continue;
    display.begin(step.title, 'starting');
    try {
      display.end(step.title, await step.run((text) => display.detail(step.title, text)));
    } catch (error) {
      display.end(step.title, '', true);
      throw error;
    }
  }
}

function explain(error, display) {
  if (error instanceof CommandError) {
    display.note(
      [error.message, ...error.tail.map((line) => `  ${line}`), `The whole output: ${error.log}`].join('\n'),
    );
  } else {
    display.note(error instanceof SetupError ? error.message : (error.stack ?? String(error)));
  }
}

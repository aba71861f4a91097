import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETUP_FOLDER } from './paths.mjs';

/**
 * Digests the inputs of a step: files by content, anything else by its text. A missing file counts as missing.
 * @param {{ files?: string[], values?: unknown[] }} inputs
 */
export function inputsDigest({ files = [], values = [] }) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(contentOf(file)).update('\0');
  return hash.update(JSON.stringify(values)).digest('hex');
}

/**
 * Tells whether a step was finished with these very inputs.
 * @param {string} step
 * @param {string} digest
 */
export function isStamped(step, digest) {
  return contentOf(stampFile(step)).toString().trim() === digest;
}

/**
 * @param {string} step
 * @param {string} digest
 */
export function stamp(step, digest) {
  mkdirSync(SETUP_FOLDER, { recursive: true });
  const temporary = `${stampFile(step)}.${process.pid}`;
  writeFileSync(temporary, `${digest}\n`);
  renameSync(temporary, stampFile(step));
}

/** @param {string} step */
export function removeStamp(step) {
  rmSync(stampFile(step), { force: true });
}

/** @param {string} step */
function stampFile(step) {
  return join(SETUP_FOLDER, `${step}.stamp`);
}

/** @param {string} file */
function contentOf(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error.code === 'ENOENT') return Buffer.from('missing');
    throw error;
  }
}

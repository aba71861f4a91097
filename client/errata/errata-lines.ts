import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parsedJson } from '../../adapters/parsed-json.ts';
import { ErratumReport } from '../../core/erratum.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';

export interface ErratumLine {
  /** What messages call it: `line 3 of errata.jsonl`. */
  name: string;
  /** Gives the report. Throws InvalidInputError, which names the field and never repeats what was written there. */
  parse: () => ErratumReport;
}

/** One erratum as JSON. */
export function erratumLine(text: string, name: string): ErratumLine {
  return { name, parse: () => parsedJson(Buffer.from(text), ErratumReport, name, 'what an erratum may say') };
}

/** Every line of a JSON-lines file; empty lines are passed over. Throws InvalidInputError. */
export async function errataIn(file: string): Promise<ErratumLine[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(file, 'file', 'a readable file', error.code ?? 'none');
  });
  return text
    .split(/\r?\n/)
    .map((line, at) => ({ line: line.trim(), name: `line ${at + 1} of ${basename(file)}` }))
    .filter(({ line }) => line !== '')
    .map(({ line, name }) => erratumLine(line, name));
}

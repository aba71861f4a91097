import type { Refusal } from '../core/ingest.ts';
import type { Output } from './output.ts';

/** Prints what was refused, below an empty line; nothing where nothing was. */
export function printRefusals(output: Output, refused: readonly Refusal[]): void {
  if (refused.length === 0) return;
  output.line();
  output.table<Refusal>(
    [
      { header: 'REFUSED', value: ({ file }) => file },
      { header: 'FIELD', value: ({ field }) => field },
      { header: 'EXPECTED', value: ({ expected }) => expected },
      { header: 'GOT', value: ({ got }) => got },
    ],
    refused,
  );
}

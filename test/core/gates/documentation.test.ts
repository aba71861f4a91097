import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkMask, crossSeriesGates } from '../../../core/gates.ts';
import { lumbarBlocks } from '../../support/lumbar-blocks.ts';

describe('docs/gates.md', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/gates.md'), 'utf8');
  const mask = lumbarBlocks();
  const gates = [...checkMask(mask, mask.grid), ...crossSeriesGates([], { overview: [], gradedDiscs: [] })];

  it('has a heading with the severity for every gate, and none for a gate that is not there', () => {
    expect(gates).toHaveLength(21);
    for (const { gate, severity } of gates) expect(docs, gate).toContain(`\n### ${gate}\n\n\`${severity}\`. `);
    const headings = [...docs.matchAll(/^### (.*)$/gm)].map(([, name]) => name);
    expect(headings.filter((name) => name !== 'overlap').sort()).toEqual(gates.map(({ gate }) => gate).sort());
  });
});

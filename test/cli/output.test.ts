import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgress } from '../../cli/progress.ts';
import { formatTable, type Column } from '../../cli/table.ts';

describe('tables', () => {
  it('align columns and mark what is absent', () => {
    const columns: Column<{ series: string; dice: string | null }>[] = [
      { header: 'SERIES', value: ({ series }) => series },
      { header: 'DICE', value: ({ dice }) => dice, align: 'right' },
    ];
    const rows = [
      { series: '1_t1', dice: '0.91' },
      { series: '107_t2_SPACE', dice: null },
    ];
    expect(formatTable(columns, rows)).toBe(
      ['SERIES        DICE', '1_t1          0.91', '107_t2_SPACE     –'].join('\n'),
    );
    expect(formatTable(columns, [])).toBe('SERIES  DICE');
  });
});

describe('progress without a terminal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function recorded(silent = false) {
    const stream = new PassThrough();
    const progress = createProgress(stream as unknown as NodeJS.WriteStream, silent, 'ingest', 100);
    return { progress, said: () => ((stream.read() as Buffer | null) ?? '').toString() };
  }

  it('says a line at first, at most every five seconds, and the last state', () => {
    const { progress, said } = recorded();
    progress.update(1);
    progress.update(2);
    expect(said()).toBe('ingest: 1/100\n');
    vi.advanceTimersByTime(5000);
    progress.update(60, '60_t1');
    // 59 in five seconds: the other 40 take 3.4.
    expect(said()).toBe('ingest: 60/100 60_t1, 4 s left\n');
    progress.update(100);
    progress.stop();
    expect(said()).toBe('ingest: 100/100\n');
  });

  it('says nothing where JSON was asked for', () => {
    const { progress, said } = recorded(true);
    progress.update(1);
    progress.stop();
    expect(said()).toBe('');
  });
});

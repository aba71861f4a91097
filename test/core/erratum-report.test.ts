import { describe, expect, it } from 'vitest';
import {
  EMPTY_BOX,
  MOST_WAITING,
  PublicReport,
  receiptOf,
  ReportBoxFullError,
  reportContent,
  settledReport,
  withReport,
  type ReportBox,
} from '../../core/erratum-report.ts';
import type { Erratum } from '../../core/erratum.ts';

const SAID = PublicReport.parse({ series: '2_t2', label: 203, text: 'disc 203 is swallowed by the vertebra' });
const AT = '2026-01-02T03:04:05.000Z';
const idOf = (n: number) => n.toString(16).padStart(12, '0');
const boxOf = (count: number): ReportBox =>
  Array.from({ length: count }, (_, n) => n).reduce((box, n) => withReport(box, idOf(n), SAID, AT), EMPTY_BOX);
const dismissal = { state: 'dismissed', erratum: null, reason: 'taste', by: 'leo' } as const;

describe('a public report', () => {
  it.each([
    [{ ...SAID, label: 301 }, '1–25, 100 or 201–225'],
    [{ ...SAID, series: '2_flair' }, 'expected <study>'],
    [{ ...SAID, text: 'ask ann@example.org' }, 'an e-mail address'],
    [{ ...SAID, text: 'no' }, '>=3'],
    [{ ...SAID, text: 'x'.repeat(501) }, '<=500'],
    [{ ...SAID, release: '../secrets' }, "a release's number"],
    [{ ...SAID, patient: '2' }, 'patient'],
  ])('%o is refused', (report, why) => {
    expect(PublicReport.safeParse(report).error?.message).toContain(why);
  });

  it('is the same one when the same is said of the same release, in other case and with other ends', () => {
    const said = reportContent(SAID);
    expect(reportContent({ ...SAID, text: 'Disc 203 is swallowed by the vertebra.' })).toEqual(said);
    expect(reportContent({ ...SAID, reporter: 'ann' })).toEqual(said);
    expect(reportContent({ ...SAID, release: '1.0.0' })).not.toEqual(said);
    expect(reportContent({ ...SAID, label: 202 })).not.toEqual(said);
  });
});

describe('the box of reports', () => {
  it('keeps one as it is said, and no reporter but an account', () => {
    const box = withReport(EMPTY_BOX, idOf(1), { ...SAID, reporter: 'Ann Other, Leeds' }, AT);
    expect(box.reports).toEqual([
      {
        id: idOf(1),
        series: '2_t2',
        label: 203,
        text: 'disc 203 is swallowed by the vertebra',
        reporter: null,
        release: null,
        receivedAt: AT,
        state: 'waiting',
        erratum: null,
        reason: null,
        by: null,
      },
    ]);
    expect(withReport(box, idOf(1), SAID, 'later')).toEqual(box);
  });

  it('takes no more than so many that wait, and again when some are settled', () => {
    const full = boxOf(MOST_WAITING);
    expect(() => withReport(full, 'f'.repeat(12), SAID, AT)).toThrow(ReportBoxFullError);
    expect(withReport(full, idOf(0), SAID, AT)).toEqual(full); // known: not one more
    const after = settledReport(full, idOf(0), dismissal);
    expect(withReport(after, 'f'.repeat(12), SAID, AT).reports).toHaveLength(MOST_WAITING + 1);
  });

  it('forgets the oldest settled ones beyond 500', () => {
    let box = EMPTY_BOX;
    for (let n = 0; n < 502; n++) box = settledReport(withReport(box, idOf(n), SAID, AT), idOf(n), dismissal);
    const { reports } = withReport(box, 'f'.repeat(12), SAID, AT);
    expect([reports.length, reports[0]!.id]).toEqual([501, idOf(2)]);
  });

  it('settles what waits, once', () => {
    const dismissed = settledReport(boxOf(2), idOf(1), dismissal);
    expect(dismissed.reports.map(({ state }) => state)).toEqual(['waiting', 'dismissed']);
    const accepted = { state: 'accepted', erratum: idOf(9), reason: null, by: null } as const;
    expect(settledReport(dismissed, idOf(1), accepted)).toEqual(dismissed);
  });
});

describe('a receipt', () => {
  const [waiting] = boxOf(1).reports;
  const accepted = { ...waiting!, state: 'accepted', erratum: idOf(9) } as const;
  const erratum = (state: Erratum['state'], reason: string | null): Erratum => ({
    schema: 'spindle.erratum/1',
    ...{ id: idOf(9), dataset: 'spider', series: '2_t2', label: 203, text: 'said', reporter: null },
    ...{ version: 'a'.repeat(64), mask: 'b'.repeat(64), state, task: null },
    outcome: {
      ...{ version: 'c'.repeat(64), mask: null, reviewer: 'ada', voxelsChanged: 3, reason },
      affected: { versions: [], models: [], evaluations: [] },
    },
  });

  it('tells state, version and the reason that was meant for the public', () => {
    expect(receiptOf(waiting!, null)).toEqual({ id: idOf(0), state: 'waiting', version: null, reason: null });
    const dismissed = settledReport(boxOf(1), idOf(0), dismissal).reports[0]!;
    expect(receiptOf(dismissed, null)).toMatchObject({ state: 'dismissed', reason: 'taste' });
    expect(receiptOf(accepted, erratum('fixed', null))).toMatchObject({ state: 'fixed', version: 'c'.repeat(64) });
    expect(receiptOf(accepted, erratum('closed', 'a duplicate'))).toMatchObject({ reason: 'a duplicate' });
    // Why a reviewer took a series out is nobody else's business.
    expect(receiptOf(accepted, erratum('excluded', 'implant'))).toMatchObject({ state: 'excluded', reason: null });
  });
});

import { describe, expect, it } from 'vitest';
import { auditedStructures, auditReport, type AuditedStructure, type MaskAudit } from '../../core/mask-audit.ts';
import { wilsonInterval } from '../../core/wilson.ts';
import { maskOf, SPINE } from './bias/block-readings.ts';

const DIGEST = 'a'.repeat(64);
const vertebra = (accepted: number | null, audited: number | null, dice: number): AuditedStructure => ({
  class: 'vertebra',
  accepted,
  audited,
  dice,
});

function audit(patient: number, structures: AuditedStructure[], changes: Partial<MaskAudit> = {}): MaskAudit {
  return {
    series: `${patient}_t2`,
    patient: `${patient}`,
    round: 1,
    reason: 'untouched',
    reviewer: 'ada',
    auditor: 'bob',
    accepted: DIGEST,
    audited: DIGEST,
    structures,
    ...changes,
  };
}

describe('auditedStructures', () => {
  it('holds an audited mask against the accepted one: the third vertebra was missing, the second disc was of half its height', () => {
    const accepted = maskOf(
      SPINE.filter(([label]) => label !== 3).map((b) => (b[0] === 202 ? [202, 6, 13, 29, 29, 1, 3] : b)),
    );
    const changed = auditedStructures(accepted, maskOf(SPINE)).filter(({ dice }) => dice < 1);
    // Disc: 24 of 48 voxels, 2 · 24 / (24 + 48).
    expect(changed).toEqual([
      { class: 'vertebra', accepted: null, audited: 3, dice: 0 },
      { class: 'disc', accepted: 202, audited: 202, dice: expect.closeTo(2 / 3, 12) as number },
    ]);
  });
});

describe('auditReport', () => {
  const audits = [
    audit(1, [vertebra(1, 1, 1), vertebra(2, 2, 0.89)]), // one of another shape
    audit(2, [vertebra(1, 1, 0.9), vertebra(null, 2, 0)]), // one was missing
    audit(3, [vertebra(1, 2, 1), vertebra(2, 2, 1)]), // one was numbered otherwise
    audit(4, [vertebra(1, 1, 1)]),
    audit(5, [], { audited: null }), // the auditor excluded the series
  ];
  const rates = (choice = {}) => auditReport(audits, { dataset: 'x', ...choice }).rates;

  it('counts structures and masks in error; an excluded mask is one', () => {
    const [vertebrae, discs, , masks] = rates();
    expect(vertebrae).toMatchObject({ of: 'vertebra', count: 7, errors: 3, rate: { defined: true, value: 3 / 7 } });
    expect(discs).toEqual({
      of: 'disc',
      count: 0,
      errors: 0,
      rate: { defined: false, reason: 'no audits' },
      interval: null,
    });
    expect(masks).toMatchObject({ of: 'mask', count: 5, errors: 4 });
  });

  it('takes another threshold, and one round', () => {
    expect(rates({ errorDice: 0.5 })[0]).toMatchObject({ errors: 2 });
    expect(auditReport(audits, { dataset: 'x', round: 2 })).toMatchObject({ audits: 0, patients: 0 });
  });

  it("has an interval that counts patients: Wilson's for 3 in 7 among the four who have vertebrae", () => {
    expect(rates()[0]!.interval).toEqual(wilsonInterval(3 / 7, 4));
  });
});

describe('wilsonInterval', () => {
  it('agrees with the published figures', () => {
    // Newcombe 1998, table I, method 3: 81/263 and 1/29.
    expect(wilsonInterval(81 / 263, 263)).toEqual({ low: expect.closeTo(0.2553, 4), high: expect.closeTo(0.3662, 4) });
    expect(wilsonInterval(1 / 29, 29)).toEqual({ low: expect.closeTo(0.0061, 4), high: expect.closeTo(0.1718, 4) });
    // 0/20: from 0 to z² / (20 + z²).
    expect(wilsonInterval(0, 20)).toEqual({ low: 0, high: expect.closeTo(3.8415 / 23.8415, 4) });
    expect(wilsonInterval(0, 0)).toBeNull();
  });
});

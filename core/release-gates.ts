import { z } from 'zod';
import type { Digest, SeriesId } from './ids.ts';
import type { ReleasePolicy } from './release-policy.ts';

export const RELEASE_GATES = [
  'verify',
  'chain',
  'leaks',
  'masks-refused',
  'masks-flagged',
  'residual-error',
  'bias-report',
  'table-3',
  'table-4',
  'licence',
  'citation',
  'datasheet',
  'about',
  'errata',
  'reproduction',
] as const;
export const ReleaseGateName = z.enum(RELEASE_GATES);
export type ReleaseGateName = z.infer<typeof ReleaseGateName>;

/** One gate as data. What was not measured has not passed. */
export const ReleaseGate = z.object({
  gate: ReleaseGateName,
  /** A gate that isn't is shown and refuses nothing. */
  required: z.boolean(),
  passed: z.boolean(),
  measured: z.string(),
  threshold: z.string(),
  /** Where the figure is from. */
  source: z.string(),
});
export type ReleaseGate = z.infer<typeof ReleaseGate>;

/** The share of accepted masks that are wrong, as audits estimate it. */
export interface ResidualErrorMeasure {
  audits: number;
  wrong: number;
  /** The upper end of a 95 % interval of the share. */
  upperBound: number;
  source: string;
}

/** How far corrected references lean towards the model. */
export interface BiasMeasure {
  controls: number;
  /** Null when there are controls and no estimate can be made of them. */
  lean: number | null;
  source: string;
}

/** What a release's gates are computed from; null: not measured. */
export interface ReleaseMeasures {
  verify: { volumes: number; findings: number };
  chain: { links: number; findings: number; root: Digest | null };
  leaks: { patients: number; models: number; findings: number };
  masks: { checked: number; refused: readonly SeriesId[]; flagged: readonly SeriesId[] };
  residualError: ResidualErrorMeasure | null;
  bias: BiasMeasure | null;
  /** References that came of a model's proposal: without any there is nothing to lean towards. */
  proposals: number;
  /** `missing`: validation series without a score. Cells: of structures by sequence, and by hospital. */
  tables: { model: Digest; series: number; missing: number; bySequence: number; byHospital: number } | null;
  papers: { licence: boolean; citation: boolean; aboutMissing: readonly string[] };
  errata: { open: readonly string[] };
  reproduction: { reproduced: boolean; equal: boolean; findings: number } | null;
}

const NOT_MEASURED = 'not measured';

/** Every gate, in the order of `RELEASE_GATES`. */
export function releaseGates(measures: ReleaseMeasures, policy: ReleasePolicy): ReleaseGate[] {
  return [
    verifyGate(measures.verify),
    chainGate(measures.chain),
    leakGate(measures.leaks),
    ...maskGates(measures.masks, policy.masks),
    residualGate(measures.residualError, policy.residualError),
    biasGate(measures, policy.bias),
    ...tableGates(measures.tables, policy.tables.required),
    ...paperGates(measures.papers, policy.papers),
    errataGate(measures.errata.open, policy.errata.open),
    reproductionGate(measures.reproduction, policy.reproduction),
  ];
}

/** The gates that stand in the way. */
export function redGates(gates: readonly ReleaseGate[]): ReleaseGate[] {
  return gates.filter(({ required, passed }) => required && !passed);
}

function verifyGate({ volumes, findings }: ReleaseMeasures['verify']): ReleaseGate {
  return {
    gate: 'verify',
    required: true,
    passed: volumes > 0 && findings === 0,
    measured: `${counted(findings, 'finding')} in ${counted(volumes, 'volume')}`,
    threshold: 'every volume in S3 as the manifest says',
    source: 'versions verify',
  };
}

function chainGate({ links, findings, root }: ReleaseMeasures['chain']): ReleaseGate {
  const reach = root === null ? 'no root reached' : `root ${root.slice(0, 12)}`;
  return {
    gate: 'chain',
    required: true,
    passed: root !== null && findings === 0,
    measured: `${counted(findings, 'finding')} in ${counted(links, 'version')}, ${reach}`,
    threshold: 'whole to the first version, and in main',
    source: 'versions verify --chain',
  };
}

function leakGate({ patients, models, findings }: ReleaseMeasures['leaks']): ReleaseGate {
  return {
    gate: 'leaks',
    required: true,
    passed: findings === 0,
    measured: `${counted(findings, 'finding')} over ${counted(patients, 'patient')} and ${counted(models, 'model')}`,
    threshold: 'none',
    source: 'versions verify --leaks',
  };
}

function maskGates(
  { checked, refused, flagged }: ReleaseMeasures['masks'],
  { refusedShare, flaggedShare }: ReleasePolicy['masks'],
): ReleaseGate[] {
  const gate = (name: 'masks-refused' | 'masks-flagged', failing: readonly SeriesId[], most: number): ReleaseGate => ({
    gate: name,
    required: true,
    passed: checked > 0 && failing.length <= most * checked,
    measured: `${failing.length} of ${counted(checked, 'reference')}${named(failing)}`,
    threshold: most === 0 ? 'none' : `at most ${percent(most)}`,
    source: 'mask gates on every reference',
  });
  return [gate('masks-refused', refused, refusedShare), gate('masks-flagged', flagged, flaggedShare)];
}

function residualGate(
  measure: ResidualErrorMeasure | null,
  { required, upperBound, audits }: ReleasePolicy['residualError'],
): ReleaseGate {
  const known = measure && measure.audits > 0 ? measure : null;
  return {
    gate: 'residual-error',
    required,
    passed: known !== null && known.audits >= audits && known.upperBound <= upperBound,
    measured: known
      ? `${known.wrong} of ${counted(known.audits, 'audit')} wrong, at most ${percent(known.upperBound)} (95 %)`
      : NOT_MEASURED,
    threshold: `at most ${percent(upperBound)}, by ${audits} audits or more`,
    source: known?.source ?? 'audits of accepted masks',
  };
}

function biasGate(
  { bias, proposals }: Pick<ReleaseMeasures, 'bias' | 'proposals'>,
  { required, controls, lean }: ReleasePolicy['bias'],
): ReleaseGate {
  const known = bias && bias.controls > 0 ? bias : null;
  const estimated = known !== null && known.lean !== null && known.controls >= controls;
  const isSmall = known !== null && known.lean !== null && (lean === null || known.lean <= lean);
  return {
    gate: 'bias-report',
    required,
    passed: proposals === 0 || (estimated && isSmall),
    measured: proposals === 0 ? 'no reference came of a proposal' : biasWords(known),
    threshold: `${controls} controls or more${lean === null ? '' : `, lean at most ${lean}`}`,
    source: known?.source ?? 'bias report',
  };
}

function biasWords(known: BiasMeasure | null): string {
  if (known === null) return NOT_MEASURED;
  const lean = known.lean === null ? 'no estimate' : `lean ${known.lean.toFixed(3)}`;
  return `${lean} by ${counted(known.controls, 'blinded control')}`;
}

function tableGates(tables: ReleaseMeasures['tables'], required: boolean): ReleaseGate[] {
  const gate = (name: 'table-3' | 'table-4', cells: number, by: string): ReleaseGate => ({
    gate: name,
    required,
    passed: tables !== null && tables.missing === 0 && cells > 0,
    measured: tables
      ? `${cells} cells ${by} over ${tables.series} series${tables.missing > 0 ? `, ${tables.missing} without scores` : ''}`
      : NOT_MEASURED,
    threshold: 'the serving model on every validation series',
    source: tables ? `evaluation of model ${tables.model.slice(0, 12)}` : 'release check --evaluate',
  });
  return [
    gate('table-3', tables?.bySequence ?? 0, 'by structure and sequence'),
    gate('table-4', tables?.byHospital ?? 0, 'by structure and hospital'),
  ];
}

function paperGates(
  { licence, citation, aboutMissing }: ReleaseMeasures['papers'],
  wanted: ReleasePolicy['papers'],
): ReleaseGate[] {
  const given = (gate: 'licence' | 'citation', is: boolean, option: string): ReleaseGate => ({
    gate,
    required: wanted[gate],
    passed: is,
    measured: is ? 'given' : 'nobody gave it',
    threshold: 'given',
    source: option,
  });
  return [
    given('licence', licence, '--license-file'),
    given('citation', citation, '--citation-file'),
    {
      gate: 'datasheet',
      required: true,
      passed: true,
      measured: 'written from the manifest',
      threshold: 'present',
      source: 'versions export',
    },
    {
      gate: 'about',
      required: wanted.about,
      passed: aboutMissing.length === 0,
      measured: aboutMissing.length === 0 ? 'given' : `nobody gave ${aboutMissing.join(', ')}`,
      threshold: "Croissant's required fields",
      source: '--about',
    },
  ];
}

function errataGate(open: readonly string[], most: number): ReleaseGate {
  return {
    gate: 'errata',
    required: true,
    passed: open.length <= most,
    measured: `${open.length} open${named(open)}`,
    threshold: most === 0 ? 'none open' : `at most ${most} open`,
    source: 'errata list',
  };
}

function reproductionGate(
  measure: ReleaseMeasures['reproduction'],
  { required, equal }: ReleasePolicy['reproduction'],
): ReleaseGate {
  const verdict = (known: NonNullable<typeof measure>) =>
    known.equal
      ? 'all equal'
      : `${known.reproduced ? 'within tolerance' : 'not reproduced'}, ${counted(known.findings, 'finding')}`;
  return {
    gate: 'reproduction',
    required,
    passed: measure !== null && (equal ? measure.equal : measure.reproduced),
    measured: measure ? verdict(measure) : NOT_MEASURED,
    threshold: equal ? 'all equal' : 'reproduced within tolerance',
    source: 'versions reproduce',
  };
}

function counted(count: number, noun: string): string {
  return noun === 'series' ? `${count} series` : `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first few of what fails. */
function named(names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `: ${names.slice(0, 5).join(', ')}${more}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

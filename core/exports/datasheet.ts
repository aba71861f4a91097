import type { Manifest, ManifestSeries } from '../manifest.ts';
import { groupRows, versionFacts, type VersionFacts } from './version-facts.ts';

/** What came with a release beside the data. Null: nobody gave it, and the datasheet says so. */
export interface ReleasePapers {
  /** Names of files of the release. */
  licence: string | null;
  citation: string | null;
}

/**
 * The datasheet of a version, in Markdown, after "Datasheets for Datasets" (Gebru et al. 2021). It holds numbers of the manifest and
 * nothing else: what nobody told Spindle is listed as missing, never made up. The same manifest gives the same text.
 */
export function datasheet(manifest: Manifest, version: string, papers: ReleasePapers): string {
  const facts = versionFacts(manifest);
  return [
    `# Datasheet: ${manifest.dataset}`,
    identity(manifest, version),
    '## Composition',
    composition(facts),
    byGroup(manifest, 'Hospital', ({ hospital }) => hospital),
    byGroup(manifest, 'Sex', ({ sex }) => sex),
    byGroup(manifest, 'Sequence', ({ sequence }) => sequence),
    '## Collection',
    COLLECTION,
    byGroup(manifest, 'Manufacturer', setting('Manufacturer')),
    byGroup(manifest, 'Field strength (T)', setting('MagneticFieldStrength')),
    '## Labelling',
    labelling(facts),
    '## Split',
    SPLIT,
    '## Distribution',
    distribution(papers),
    '## Not known to the maker of this sheet',
    missing(papers),
  ]
    .join('\n\n')
    .concat('\n');
}

function identity({ parent }: Manifest, version: string): string {
  return bullets([
    `version \`${version}\``,
    `follows ${parent === null ? 'no other version' : `version \`${parent}\``}`,
  ]);
}

function composition(facts: VersionFacts): string {
  const { structures } = facts;
  const lines = [
    `${facts.patients} patients: ${facts.trainPatients} train, ${facts.validationPatients} validation`,
    `${facts.series} series, each an MR volume with a reference mask on its grid; ${facts.bytes} bytes in all`,
    `${structures.vertebrae} vertebrae (${facts.incompleteVertebrae} cut by the edge of their volume), ${structures.discs} discs, ` +
      `${structures.canals} canals`,
    `voxels from ${facts.spacingMm[0]} to ${facts.spacingMm[1]} mm along an axis`,
  ];
  if (facts.partlyAnnotated > 0)
    lines.push(`${facts.partlyAnnotated} references lack a class: see \`annotatedClasses\` in version.json`);
  return `${bullets(lines)}\n\n${LABELS}`;
}

function labelling(facts: VersionFacts): string {
  const { origins, bases } = facts;
  const hours = (facts.minutes / 60).toFixed(1);
  const lines = [
    `${origins.given} references came with the data, ${origins.accepted} were accepted as shown, ${origins.corrected} were corrected`,
    `reviewers were shown ${bases.proposal} proposals of a model, ${bases.propagated} masks carried over from a SPACE series`,
    ...(bases.reference > 0
      ? [`${bases.reference} references are mended after an erratum: the reference before was shown again`]
      : []),
    `${facts.reviewers} reviewers worked ${hours} hours on them and changed ${facts.voxelsChanged} voxels`,
    `rounds: ${facts.rounds.join(', ') || 'none'} (0 is what came with the data)`,
    ...facts.models.map((model) => `proposals by model \`${model}\``),
  ];
  return `${bullets(lines)}\n\nversion.json says all this for every single mask.`;
}

function distribution({ licence, citation }: ReleasePapers): string {
  return bullets([
    licence === null
      ? 'licence: **missing**: nobody is told what they may do with the data'
      : `licence: see [${licence}](${licence})`,
    citation === null ? 'citation: **missing**' : `citation: see [${citation}](${citation})`,
    '`checksums.sha256` has the SHA-256 of every file: `sha256sum --check checksums.sha256`',
  ]);
}

function missing({ licence, citation }: ReleasePapers): string {
  return bullets([
    ...(licence === null ? ['the licence'] : []),
    ...(citation === null ? ['how to cite the data'] : []),
    'why the data were collected, by whom, when, and who paid for it',
    'consent and the decision of an ethics committee',
    'how patients were chosen, and who is not among them',
    'known uses, and uses to be avoided',
  ]);
}

function byGroup(manifest: Manifest, title: string, valueOf: (entry: ManifestSeries) => string): string {
  const rows = groupRows(manifest, valueOf).map(
    (row) =>
      `| ${cell(row.value)} | ${row.trainPatients} | ${row.trainSeries} | ${row.validationPatients} | ${row.validationSeries} |`,
  );
  return [
    `| ${title} | Train patients | Train series | Validation patients | Validation series |`,
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function setting(column: string): (entry: ManifestSeries) => string {
  return ({ overview }) => overview?.[column]?.trim() ?? 'not stated';
}

function cell(text: string): string {
  return text.replaceAll(/[|\\`*_<>[\]]/g, '\\$&');
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

const LABELS = `Labels of the masks: vertebrae 1–25 counted from the lowest in view (1 is usually L5), spinal canal 100, discs 201–225 (201 lies
below vertebra 1), background 0.`;

const COLLECTION = `\`overview.csv\` has the acquisition settings of every series as the publisher wrote them. Ages, serial numbers of devices and free
texts are not in it.`;

const SPLIT = 'By patient: all series of a patient are in one set. The tables above count both.';

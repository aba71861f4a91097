import { objectKey, type ObjectStore } from '../../adapters/object-store.ts';
import { asMask, decodeMha } from '../../adapters/volume.ts';
import { missingAbout, ReleaseAbout } from '../../core/exports/croissant.ts';
import { isSettled } from '../../core/erratum.ts';
import { refusals } from '../../core/gate-result.ts';
import { checkMask } from '../../core/gates.ts';
import type { DatasetName, SeriesId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { Manifest, ManifestSeries } from '../../core/manifest.ts';
import { releaseGates, type ReleaseGate, type ReleaseMeasures } from '../../core/release-gates.ts';
import type { ReleaseDraft } from '../../core/release.ts';
import { concurrently } from '../concurrently.ts';
import { listErrata } from '../errata/errata.ts';
import { verifyChain } from '../version-chain.ts';
import { verifyLeaks } from '../verify-leaks.ts';
import { verifyStored } from '../verify-version.ts';
import { biasMeasure, residualError } from './review-measures.ts';
import { servingTables, type ServingTables } from './serving-tables.ts';

/** A draft held against its policy. */
export interface CheckedRelease {
  draft: ReleaseDraft;
  gates: ReleaseGate[];
  serving: ServingTables | null;
}

type OnProgress = (title: string, done: number, total: number, detail: string) => void;

const MASKS_AT_ONCE = 2;

/**
 * Measures every gate of a release anew: reads each volume of the version from S3, walks its chain, holds it against all models, and
 * puts every reference through the mask gates. Nothing is changed.
 */
export async function checkRelease(
  store: ObjectStore,
  dataset: DatasetName,
  draft: ReleaseDraft,
  reproduction: ReleaseMeasures['reproduction'],
  onProgress: OnProgress = () => {},
): Promise<CheckedRelease> {
  const { version, policy } = draft;
  const verified = await verifyStored(store, dataset, version, (done, total, file) =>
    onProgress('verify', done, total, file),
  );
  const chain = await verifyChain(store, dataset, version);
  const manifest = await store.getVersion(dataset, version);
  const leaks = await verifyLeaks(store, dataset, version);
  const serving = await servingTables(store, dataset, version, manifest);
  const errata = await listErrata(store, dataset);
  const measures: ReleaseMeasures = {
    verify: { volumes: verified.checked, findings: verified.findings.length },
    chain: { links: chain.links.length, findings: chain.findings.length, root: chain.root },
    leaks: { patients: leaks.patients.length, models: leaks.models.length, findings: leaks.findings.length },
    masks: await maskGates(store, manifest, onProgress),
    residualError: await residualError(store, dataset),
    bias: await biasMeasure(store, dataset),
    proposals: manifest.series.filter(({ reference }) => reference.base === 'proposal').length,
    tables: serving && {
      model: serving.evaluation.model,
      series: serving.evaluation.series,
      missing: serving.tables.missing.length,
      bySequence: serving.tables.bySequence,
      byHospital: serving.tables.byHospital,
    },
    papers: await papersOf(store, draft),
    errata: { open: errata.filter((each) => !isSettled(each)).map(({ id }) => id) },
    reproduction,
  };
  return { draft, gates: releaseGates(measures, policy), serving };
}

/** Every reference through the gates of core/gates.ts; a mask that can't be read is one that is refused. */
async function maskGates(
  store: ObjectStore,
  { series }: Manifest,
  onProgress: OnProgress,
): Promise<ReleaseMeasures['masks']> {
  const refused: SeriesId[] = [];
  const flagged: SeriesId[] = [];
  let done = 0;
  await concurrently(series, MASKS_AT_ONCE, async (entry) => {
    const verdict = await gatesOf(store, entry);
    if (verdict === 'refused') refused.push(entry.series);
    if (verdict === 'flagged') flagged.push(entry.series);
    onProgress('mask gates', ++done, series.length, entry.series);
  });
  // As in the manifest, whatever came back first.
  const inOrder = (names: SeriesId[]) => series.map((entry) => entry.series).filter((name) => names.includes(name));
  return { checked: series.length, refused: inOrder(refused), flagged: inOrder(flagged) };
}

async function gatesOf(store: ObjectStore, entry: ManifestSeries): Promise<'refused' | 'flagged' | 'passed'> {
  const { series, grid, reference } = entry;
  const stored = await store.bucket.read(objectKey(reference.mask.digest));
  if (!stored) return 'refused';
  try {
    const mask = asMask(await decodeMha(stored.bytes, `mask of ${series}`), series);
    const results = checkMask(mask, grid, { annotatedClasses: reference.annotatedClasses });
    if (refusals(results).length > 0) return 'refused';
    return results.every(({ passed }) => passed) ? 'passed' : 'flagged';
  } catch (error) {
    if (error instanceof InvalidInputError) return 'refused';
    throw error;
  }
}

async function papersOf(store: ObjectStore, { papers }: ReleaseDraft): Promise<ReleaseMeasures['papers']> {
  const about = papers.about === null ? {} : await store.getJson(papers.about.digest, ReleaseAbout);
  return {
    licence: papers.licence !== null && (await store.hasObject(papers.licence.digest)),
    citation: papers.citation !== null && (await store.hasObject(papers.citation.digest)),
    aboutMissing: missingAbout(about),
  };
}

import { affectedBy } from '../core/affected.ts';
import type { SplitSet } from '../core/catalog.ts';
import { ERRATA, Erratum, ErratumId, type Affected } from '../core/erratum.ts';
import type { DatasetName, Digest, SeriesId } from '../core/ids.ts';
import { compareText } from '../core/mixed-hash.ts';
import { DatasetRecords } from './dataset-records.ts';
import { MissingObjectError, refsFolder, type ObjectStore } from './object-store.ts';
import { streamVersion } from './record-stream.ts';
import { seenModels } from './seen-models.ts';

/** The errata of one dataset in S3: a ref each, so that nobody who files one waits for another. Nothing is cached. */
export class ErratumRecords {
  constructor(
    readonly store: ObjectStore,
    readonly dataset: DatasetName,
  ) {}

  /** Every erratum, ascending by series and then id. */
  async all(): Promise<Erratum[]> {
    const folder = `${refsFolder(this.dataset)}${ERRATA}/`;
    const found: Erratum[] = [];
    for await (const { key } of this.store.bucket.list(folder)) {
      const id = ErratumId.safeParse(key.slice(folder.length, -'.json'.length));
      const erratum = id.success ? await this.read(id.data) : null;
      if (erratum) found.push(erratum);
    }
    return found.sort((a, b) => compareText(a.series, b.series) || compareText(a.id, b.id));
  }

  async of(series: SeriesId): Promise<Erratum[]> {
    return (await this.all()).filter((erratum) => erratum.series === series);
  }

  async read(id: ErratumId): Promise<Erratum | null> {
    return (await this.store.readRef(this.dataset, refOf(id), Erratum))?.value ?? null;
  }

  /** Files an erratum; one of the same id that is there already stays as it is, and is given back. */
  file(erratum: Erratum): Promise<Erratum> {
    return this.store.updateRef(
      this.dataset,
      refOf(erratum.id),
      Erratum.nullable(),
      null,
      (there) => there ?? erratum,
    ) as Promise<Erratum>;
  }

  /** Changes one by compare-and-swap. Throws MissingObjectError when it isn't there. */
  async update(id: ErratumId, change: (erratum: Erratum) => Erratum): Promise<Erratum> {
    const after = await this.store.updateRef(this.dataset, refOf(id), Erratum.nullable(), null, (there) =>
      there === null ? null : change(there),
    );
    if (after === null) throw new MissingObjectError(`${refsFolder(this.dataset)}${refOf(id)}.json`);
    return after;
  }

  /**
   * What a mask of a series has touched, by its digest: every version of main's history and every one that a model was trained or scored on is
   * looked into, series by series.
   */
  async affectedBy(series: SeriesId, mask: Digest): Promise<Affected> {
    const records = new DatasetRecords(this.store, this.dataset);
    const { models } = await records.models();
    const versions = new Map<Digest, SplitSet | null>();
    const look = async (version: Digest): Promise<{ parent: Digest | null }> => {
      versions.set(version, null);
      const entries = streamVersion(this.store, this.dataset, version);
      for (let next = await entries.next(); ; next = await entries.next()) {
        if (next.done) return next.value;
        const { series: own, reference, split } = next.value;
        if (own === series && reference.mask.digest === mask) versions.set(version, split);
      }
    };
    for (let at = await records.mainVersion(); at !== null;) at = (await look(at)).parent;
    const named = models.flatMap(({ version, evaluations }) => [version, ...evaluations.map((each) => each.version)]);
    for (const version of new Set(named)) if (!versions.has(version)) await look(version);
    const looked = [...versions].map(([version, set]) => ({ version, set }));
    return affectedBy(looked, models, await seenModels(records));
  }
}

function refOf(id: ErratumId): string {
  return `${ERRATA}/${id}`;
}

import { CATALOG_SCHEMA, Catalog } from '../core/catalog.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import { ModelRegistry, NO_MODELS } from '../core/models.ts';
import { CatalogPointer, ImportLog, REF, RoundLog, VersionPointer, type ImportRecord } from '../core/refs.ts';
import type { RoundReport } from '../core/loop.ts';
import { RefConflictError, type ObjectStore } from './object-store.ts';

const ATTEMPTS = 40;

/** The mutable records of one dataset in S3 (core/refs.ts). Nothing is cached: what is read is what is there. */
export class DatasetRecords {
  constructor(
    readonly store: ObjectStore,
    readonly dataset: DatasetName,
  ) {}

  /** The newest catalog; one without series when nothing was ingested yet. */
  async catalog(): Promise<Catalog> {
    const pointer = await this.store.readRef(this.dataset, REF.catalog, CatalogPointer);
    return pointer ? this.store.getJson(pointer.value.catalog.digest, Catalog) : this.emptyCatalog();
  }

  /** Whether anything was ever ingested under this name. */
  async exists(): Promise<boolean> {
    return (await this.store.readRef(this.dataset, REF.catalog, CatalogPointer)) !== null;
  }

  /**
   * Changes the catalog: reads the newest, stores the changed one as a new object and moves the pointer, again from the start
   * while others write in between. `change` may run several times and must give the same for the same. An unchanged catalog
   * writes nothing. Throws RefConflictError after 40 lost attempts.
   */
  async updateCatalog(change: (catalog: Catalog) => Catalog): Promise<Catalog> {
    for (let attempt = 1; ; attempt++) {
      const pointer = await this.store.readRef(this.dataset, REF.catalog, CatalogPointer);
      const before = pointer ? await this.store.getJson(pointer.value.catalog.digest, Catalog) : this.emptyCatalog();
      const unchanged = canonicalJson(before);
      const after = change(before);
      const changed = canonicalJson(after);
      if (changed === unchanged) return after;
      const catalog = await this.store.putObject(new TextEncoder().encode(changed));
      try {
        await this.store.writeRef(this.dataset, REF.catalog, { catalog }, pointer?.etag ?? null);
        return after;
      } catch (error) {
        if (!(error instanceof RefConflictError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async models(): Promise<ModelRegistry> {
    return (await this.store.readRef(this.dataset, REF.models, ModelRegistry))?.value ?? NO_MODELS;
  }

  updateModels(change: (registry: ModelRegistry) => ModelRegistry): Promise<ModelRegistry> {
    return this.store.updateRef(this.dataset, REF.models, ModelRegistry, NO_MODELS, change);
  }

  /** The newest published version; null before the first. */
  async mainVersion(): Promise<Digest | null> {
    return (await this.store.readRef(this.dataset, REF.main, VersionPointer))?.value.version ?? null;
  }

  /** The reports of the finished rounds, ascending. */
  async rounds(): Promise<RoundReport[]> {
    return (await this.store.readRef(this.dataset, REF.rounds, RoundLog))?.value.rounds ?? [];
  }

  /** Files a round's report; filed again it replaces the earlier one of the same round. */
  async recordRound(report: RoundReport): Promise<void> {
    await this.store.updateRef(this.dataset, REF.rounds, RoundLog, { rounds: [] }, ({ rounds }) => ({
      rounds: [...rounds.filter(({ round }) => round !== report.round), report].sort((a, b) => a.round - b.round),
    }));
  }

  /** The import that a version came of; null for any other version. */
  async importOf(version: Digest): Promise<ImportRecord | null> {
    const log = await this.store.readRef(this.dataset, REF.imports, ImportLog);
    return log?.value.imports.find((each) => each.version === version) ?? null;
  }

  /** Files an import; the first one that gave a version stays. */
  async recordImport(record: ImportRecord): Promise<void> {
    await this.store.updateRef(this.dataset, REF.imports, ImportLog, { imports: [] }, ({ imports }) => ({
      imports: imports.some(({ version }) => version === record.version) ? imports : [...imports, record],
    }));
  }

  private emptyCatalog(): Catalog {
    return { schema: CATALOG_SCHEMA, dataset: this.dataset, series: [], split: {} };
  }
}

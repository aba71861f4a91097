import { loadModel, type ServedNetwork } from '../adapters/segmenter/load-model.ts';
import type { Digest } from '../core/ids.ts';
import type { ModelFiles } from '../core/plans.ts';
import { ModelCard } from '../core/trainer-contract.ts';
import type { SegmentDeps } from './segment.ts';

interface Entry {
  network: Promise<ServedNetwork>;
  users: number;
}

/** Champion and challenger. */
const KEPT = 2;

/** Keeps the networks in use, and the last ones that were, loaded. Every `get` is followed by a `release`. */
export class NetworkCache {
  /** Least recently used first. */
  private readonly entries = new Map<Digest, Entry>();

  constructor(private readonly deps: SegmentDeps) {}

  async get(model: ModelFiles): Promise<ServedNetwork> {
    const entry = this.entries.get(model.model) ?? { network: this.load(model), users: 0 };
    this.entries.delete(model.model);
    this.entries.set(model.model, entry);
    entry.users++;
    try {
      return await entry.network;
    } catch (error) {
      this.entries.delete(model.model); // not kept: the next try loads anew
      throw error;
    }
  }

  release({ model }: ModelFiles): void {
    const entry = this.entries.get(model);
    if (entry) entry.users--;
    for (const [digest, old] of this.entries) {
      if (this.entries.size <= KEPT) return;
      if (old.users > 0) continue;
      this.entries.delete(digest);
      void old.network.then((network) => network.close());
    }
  }

  private async load({ model, onnx, card }: ModelFiles): Promise<ServedNetwork> {
    const { store, threads } = this.deps;
    const [bytes, parsed] = await Promise.all([store.getObject(onnx.digest), store.getJson(card.digest, ModelCard)]);
    return loadModel(bytes, parsed, `model ${model.slice(0, 12)}`, threads === undefined ? {} : { threads });
  }
}

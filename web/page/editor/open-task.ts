import type { TaskId } from '../../../core/ids.ts';
import type { TaskView } from '../../../core/review.ts';
import type { Volume } from '../../../core/volume.ts';
import { DrawingStore, type KeptDrawing } from '../drawing-store.ts';
import type { Api } from '../api.ts';
import { decodeVolume, labelsOf } from '../mha.ts';
import type { Context } from '../view.ts';
import { ServerDraft } from './server-draft.ts';

/** One of two independent reads, by a letter instead of its reader's name; labels in the file's voxel order. */
export interface Read {
  name: 'A' | 'B';
  labels: Uint8Array;
}

/** A task with everything needed to work on it. */
export interface OpenTask {
  task: TaskView;
  image: Volume;
  /** The proposal's labels in the file's voxel order; its grid is the correction's. */
  proposal: { grid: Volume['grid']; labels: Uint8Array };
  store: DrawingStore;
  /** Whose drawing it is. */
  reviewer: string;
  draft: ServerDraft;
  /** A drawing on this proposal that was never submitted, the newest of this browser's and the server's; null when there is none. */
  kept: KeptDrawing | null;
  /** In an adjudication: the reads to decide between. */
  reads: Read[];
  /** Whether this reviewer may answer; otherwise it is only looked at. */
  mayAnswer: boolean;
}

/**
 * Claims a task (or only looks at it) and loads its volumes. Throws ApiError, with status 409 when somebody else has the task or
 * it is finished, and InvalidInputError for a volume that can't be read.
 */
export async function openTask({ api, reviewer }: Context, id: TaskId, mode: 'claim' | 'look'): Promise<OpenTask> {
  const task: TaskView = mode === 'claim' ? await api.claim(id, reviewer()) : await api.show(id);
  const store = await DrawingStore.open();
  const [imageFile, proposalFile, kept] = await Promise.all([
    api.volume(id, 'image', task.image.digest),
    api.volume(id, 'proposal', task.proposal.digest),
    mode === 'claim' ? store.find(reviewer(), id, task.proposal.digest) : null,
  ]);
  const image = await decodeVolume(imageFile, 'image');
  const mask = await decodeVolume(proposalFile, 'proposal');
  if (mask.voxels.length !== image.voxels.length) throw new Error('The proposal and the image differ in size.');
  const proposal = { grid: mask.grid, labels: labelsOf(mask, 'proposal') };
  const reads = await readsOf(api, task, proposal.labels);
  const draft = new ServerDraft(api, task, proposal, reviewer());
  const elsewhere = mode === 'claim' ? await draft.find() : null;
  const newest = kept && elsewhere && kept.savedAt > elsewhere.savedAt ? kept : (elsewhere ?? kept);
  const common = { task, image, proposal, store, reviewer: reviewer(), draft, reads };
  return { ...common, kept: newest, mayAnswer: mode === 'claim' };
}

/** The proposal of an adjudication is the first read. */
async function readsOf(api: Api, { task, candidates = [], proposal }: TaskView, shown: Uint8Array): Promise<Read[]> {
  const names = ['A', 'B'] as const;
  return Promise.all(
    names.slice(0, candidates.length).map(async (name, i) => {
      const { digest } = candidates[i]!.mask;
      if (digest === proposal.digest) return { name, labels: shown };
      const file = await decodeVolume(await api.candidate(task, i + 1, digest), `read ${name}`);
      if (file.voxels.length !== shown.length) throw new Error(`Read ${name} and the image differ in size.`);
      return { name, labels: labelsOf(file, `read ${name}`) };
    }),
  );
}

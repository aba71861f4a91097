import { asMask, decodeMha, sha256, voxelDigest } from '../../adapters/volume.ts';
import { noSuchTask, TaskConflictError, TaskNotFoundError, type TaskService } from '../../client/tasks.ts';
import type { Reference } from '../../core/catalog.ts';
import { checkMask } from '../../core/gates.ts';
import { refusals } from '../../core/gate-result.ts';
import type { TaskId } from '../../core/ids.ts';
import { mayMove, moved, type TaskMove } from '../../core/review-moves.ts';
import { taskTags } from '../../core/review-tags.ts';
import { fromTags } from '../../core/task-tags.ts';
import {
  answerWithoutCheck,
  baseOf,
  checked,
  checking,
  claimed,
  mayClaim,
  maySubmit,
  newRecord,
  repeated,
  resultFor,
  viewOf,
  type TaskRecord,
} from '../../core/review-task.ts';
import type { ClaimRequest, ReviewInput, SubmitRequest, SubmitResult, TaskRow } from '../../core/review.ts';
import { compareTasks } from '../../core/task-order.ts';

/** A task with its files. */
export interface FakeTask {
  input: ReviewInput;
  image: Uint8Array;
  proposal: Uint8Array;
  /** Other images of the study. */
  companions?: { series: string; file: Uint8Array }[];
  /** The masks to decide between. */
  candidates?: Uint8Array[];
}

/**
 * A TaskService in memory with the real task states and the real gates; a mask is decoded as the real service would. What
 * was uploaded and submitted can be looked at.
 */
export class FakeTasks implements TaskService {
  readonly uploads = new Map<string, Uint8Array>();
  readonly submissions: { task: TaskId; request: SubmitRequest }[] = [];
  private readonly records = new Map<TaskId, TaskRecord>();
  private readonly tasks: Map<TaskId, FakeTask>;

  constructor(tasks: readonly FakeTask[]) {
    this.tasks = new Map(tasks.map((task) => [task.input.task, task]));
    for (const id of this.tasks.keys()) this.records.set(id, newRecord(Date.now()));
  }

  async list(filter: Parameters<TaskService['list']>[0]): Promise<TaskRow[]> {
    const rows = [...this.tasks.values()].map(({ input }): TaskRow => {
      const record = this.record(input.task);
      const { state, reviewer } = record;
      return {
        task: input.task,
        series: input.series,
        round: input.round,
        kind: input.kind,
        doubt: input.doubt,
        state,
        reviewer,
        ...(input.expectedMinutes !== undefined && { expectedMinutes: input.expectedMinutes }),
        ...fromTags(taskTags(input, record)),
      };
    });
    return rows
      .filter((row) => filter.dataset === undefined || row.task.startsWith(`${filter.dataset}/`))
      .filter((row) => filter.round === undefined || row.round === filter.round)
      .filter((row) => filter.state === undefined || row.state === filter.state)
      .sort(compareTasks);
  }

  async show(task: TaskId) {
    return viewOf(this.task(task).input, this.record(task));
  }

  async claim(task: TaskId, request: ClaimRequest) {
    const { input } = this.task(task);
    const why = mayClaim(this.record(task), request, input);
    if (why !== null) throw new TaskConflictError(why);
    this.records.set(task, claimed(this.record(task), request.reviewer, Date.now(), input.leaseMs));
    return this.show(task);
  }

  async upload(task: TaskId, mha: Uint8Array) {
    this.task(task);
    const digest = sha256(mha);
    this.uploads.set(digest, mha.slice());
    return { digest, bytes: mha.length };
  }

  async submit(task: TaskId, request: SubmitRequest): Promise<SubmitResult> {
    const { input, image } = this.task(task);
    const record = this.record(task);
    const why = maySubmit(record, input, request);
    if (why !== null) throw new TaskConflictError(why);
    const before = repeated(record, request);
    if (before) return before;
    const now = Date.now();
    const during = checking(record, request, now);
    const gates = await this.gates(request, image);
    const outcome =
      request.verdict.verdict === 'exclude' ? 'excluded' : refusals(gates).length > 0 ? 'refused' : 'accepted';
    const known = answerWithoutCheck(record, request);
    const result = known?.result ?? resultFor(record, input, { outcome, gates });
    const reference = known
      ? known.reference
      : result.outcome === 'second-read'
        ? await this.handedIn(record, input, request)
        : null;
    this.records.set(task, checked(during, request, result, reference, now, input.leaseMs));
    this.submissions.push({ task, request });
    return result;
  }

  async move(task: TaskId, move: TaskMove) {
    const { input } = this.task(task);
    const why = mayMove(this.record(task), input, move);
    if (why !== null) throw new TaskConflictError(why);
    this.records.set(task, moved(this.record(task), input, move, Date.now()));
    return this.show(task);
  }

  async candidate(task: TaskId, number: number): Promise<Uint8Array> {
    const found = this.task(task).candidates?.[number - 1];
    if (!found) throw new TaskNotFoundError('nothing to decide between');
    return found;
  }

  async image(task: TaskId) {
    return this.task(task).image;
  }

  async proposal(task: TaskId) {
    const { input, proposal } = this.task(task);
    return this.uploads.get(baseOf(this.record(task), input).digest) ?? proposal;
  }

  async companions(task: TaskId) {
    return (this.task(task).companions ?? []).map(({ series, file }) => ({
      series,
      image: { digest: sha256(file), bytes: file.length, voxelDigest: '0'.repeat(64) },
    }));
  }

  async companionImage(task: TaskId, series: string) {
    const found = (this.task(task).companions ?? []).find((each) => each.series === series);
    if (!found) throw new TaskNotFoundError('no such image');
    return found.file;
  }

  /** Another person gets hold of the task, as when a lease lapsed meanwhile. */
  takenBy(task: TaskId, reviewer: string): void {
    this.records.set(task, claimed(newRecord(Date.now()), reviewer, Date.now(), this.task(task).input.leaseMs));
  }

  /** The task goes back to the queue, as when a lease lapsed. */
  freed(task: TaskId): void {
    this.record(task);
    this.records.set(task, newRecord(Date.now()));
  }

  /** What waits for a senior; how much of the proposal was changed is not counted here. */
  private async handedIn(record: TaskRecord, input: ReviewInput, request: SubmitRequest): Promise<Reference> {
    const { verdict, reviewer, minutes } = request;
    const base = baseOf(record, input);
    const upload = verdict.verdict === 'correct' ? this.uploads.get(verdict.upload.digest)! : null;
    const mask = upload && {
      digest: sha256(upload),
      bytes: upload.length,
      voxelDigest: voxelDigest(await decodeMha(upload, 'correction')),
    };
    return {
      mask: mask ?? base,
      origin: upload ? 'corrected' : 'accepted',
      base: 'proposal',
      baseDigest: base.digest,
      modelDigest: input.modelDigest,
      round: input.round,
      reviewer,
      minutes,
      voxelsChanged: 0,
      diceToBase: 1,
      labels: input.structures.map(({ label }) => label),
      incompleteVertebrae: [],
      annotatedClasses: ['vertebra', 'disc', 'canal'],
    };
  }

  private async gates({ verdict }: SubmitRequest, image: Uint8Array) {
    if (verdict.verdict !== 'correct') return [];
    const upload = this.uploads.get(verdict.upload.digest);
    if (!upload) throw new TaskConflictError('no such upload');
    const { grid } = await decodeMha(image, 'image');
    return checkMask(asMask(await decodeMha(upload, 'correction'), 'correction'), grid);
  }

  private task(id: TaskId): FakeTask {
    const task = this.tasks.get(id);
    if (!task) throw noSuchTask(id);
    return task;
  }

  private record(id: TaskId): TaskRecord {
    const record = this.records.get(id);
    if (!record) throw noSuchTask(id);
    return record;
  }
}

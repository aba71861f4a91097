import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { asMask, decodeMha, encodeMha, sha256, voxelDigest } from '../../../adapters/volume.ts';
import type { TaskService } from '../../../client/tasks.ts';
import type { ReviewInput } from '../../../core/review.ts';
import type { Mask } from '../../../core/volume.ts';
import { createWebServer } from '../../../web/server.ts';
import { MemoryRecords } from '../../support/memory-records.ts';
import { fakeCampaigns } from '../../web/fake-campaigns.ts';
import type { FakeTask, FakeTasks } from '../../web/fake-tasks.ts';

export const TOKEN = 'correct-horse-battery';

/** The real web server over a task service, listening on loopback; can be killed and started again on its port. */
export class LoopbackApi {
  private server: FastifyInstance | undefined;
  private port = 0;
  private readonly tasks: TaskService;
  private readonly records = new MemoryRecords();
  private readonly pageDir: string;

  private constructor(tasks: TaskService, pageDir: string) {
    this.tasks = tasks;
    this.pageDir = pageDir;
  }

  static async start(tasks: TaskService): Promise<LoopbackApi> {
    const pageDir = await mkdtemp(join(tmpdir(), 'spindle-page-'));
    await writeFile(join(pageDir, 'index.html'), '<!doctype html><title>page</title>');
    const api = new LoopbackApi(tasks, pageDir);
    await api.listen();
    return api;
  }

  get address(): { baseUrl: string; token: string } {
    return { baseUrl: `http://127.0.0.1:${this.port}`, token: TOKEN };
  }

  async listen(): Promise<void> {
    const { tasks, records, pageDir } = this;
    const options = { tasks, campaigns: fakeCampaigns, token: TOKEN, records, temporalUiUrl: null, pageDir };
    this.server = createWebServer(options);
    await this.server.listen({ host: '127.0.0.1', port: this.port });
    this.port = (this.server.server.address() as AddressInfo).port;
  }

  /** Breaks off every connection, answers under way included. */
  async kill(): Promise<void> {
    const closed = this.server?.close();
    this.server?.server.closeAllConnections();
    await closed;
  }

  async end(): Promise<void> {
    await this.kill();
    await rm(this.pageDir, { recursive: true });
  }
}

/** A review task whose image is blank: the simulated reviewer takes only its grid. */
export async function taskOn(
  task: string,
  proposal: Mask,
  extra: Partial<Pick<ReviewInput, 'kind' | 'doubt' | 'leaseMs'>> = {},
): Promise<FakeTask> {
  const image = { ...proposal, voxels: new Int16Array(proposal.voxels.length) };
  const [imageFile, proposalFile] = [await encodeMha(image), await encodeMha(proposal)];
  const stored = (mask: Mask, file: Uint8Array) => ({
    digest: sha256(file),
    bytes: file.length,
    voxelDigest: voxelDigest(mask),
  });
  const [, round, series] = task.split('/') as [string, string, string];
  const input: ReviewInput = {
    task,
    series,
    round: Number(round),
    kind: 'proposal',
    image: stored(image, imageFile),
    proposal: stored(proposal, proposalFile),
    modelDigest: null,
    doubt: 0.4,
    structures: [],
    gates: [],
    leaseMs: 600_000,
    ...extra,
  };
  return { input, image: imageFile, proposal: proposalFile };
}

/** The mask that was submitted last for a task; undefined when its verdict named none. */
export async function submittedMask(tasks: FakeTasks, task: string): Promise<Mask | undefined> {
  const verdict = tasks.submissions.filter((each) => each.task === task).at(-1)?.request.verdict;
  if (verdict?.verdict !== 'correct') return undefined;
  return asMask(await decodeMha(tasks.uploads.get(verdict.upload.digest)!, 'correction'), 'correction');
}

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import * as workflows from '../../workflows/index.ts';
import { bundleWorkflows, quietRuntime } from '../support/loop-workers.ts';

const FOLDER = new URL('./histories/', import.meta.url);
const HISTORIES = readdirSync(FOLDER);
const CHANGED = fileURLToPath(new URL('./changed/index.ts', import.meta.url));

/**
 * Workflows that run now must go on under the code of tomorrow. Each recorded history (record-histories.ts) is replayed; as a
 * control, each must fail under workflows that are changed.
 */
describe('replay', () => {
  let bundle: Awaited<ReturnType<typeof bundleWorkflows>>;
  let changed: Awaited<ReturnType<typeof bundleWorkflows>>;
  beforeAll(async () => {
    quietRuntime();
    [bundle, changed] = [await bundleWorkflows(), await bundleWorkflows(CHANGED)];
  });

  const replay = (name: string, workflowBundle: typeof bundle) =>
    Worker.runReplayHistory({ workflowBundle }, JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')));

  it('has a history of every workflow', () => {
    expect([...new Set(HISTORIES.map((name) => name.split('.')[0]))].sort()).toEqual(Object.keys(workflows).sort());
  });

  it.each(HISTORIES)('%s goes on', async (name) => {
    await replay(name, bundle);
  });

  it.each(HISTORIES)('%s does not go on under a changed workflow', async (name) => {
    await expect(replay(name, changed)).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});

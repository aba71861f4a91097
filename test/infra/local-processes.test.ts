import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { startInBackground } from '../../infra/local/background.ts';
import { withHomeLock } from '../../infra/local/lock.ts';
import { localPaths } from '../../infra/local/paths.ts';
import { keptPort } from '../../infra/local/ports.ts';
import { endLeftGroup, isRunning, startTimeOf, stopProcess } from '../../infra/local/process.ts';
import { readState } from '../../infra/local/state.ts';
import { cleanEnvironment, temporaryHome } from './local-home.ts';

const { home, remove } = temporaryHome();
const paths = localPaths(home);
afterAll(remove);

function background(name: string, source: string, readyWithinMs = 10_000, isReady = () => true) {
  const args = ['-e', source];
  return startInBackground(paths, {
    name,
    command: process.execPath,
    args,
    env: cleanEnvironment,
    isReady,
    readyWithinMs,
  });
}

describe('processes', () => {
  it('never take another process under a reused number for their own', async () => {
    const own = { pid: process.pid, startTime: startTimeOf(process.pid)! };
    expect(isRunning(own)).toBe(true);
    const reused = { pid: process.pid, startTime: `${own.startTime}0` };
    expect(isRunning(reused)).toBe(false);
    // Were it taken for ours, this would end the test itself.
    expect(await stopProcess(reused, 100)).toBe(false);
  });

  it('kill what ignores the request to end', async () => {
    const stubborn = await background('stubborn', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
    await sleep(300);
    expect(await stopProcess(stubborn, 300)).toBe(true);
    expect(isRunning(stubborn)).toBe(false);
  });

  it('end the child that a killed process left running', async () => {
    const source = "const c = require('node:child_process').spawn('sleep', ['600']); setInterval(() => {}, 1000)";
    const parent = await background('parent', source);
    const children = () => groupMembers(parent.pid);
    await expect.poll(children).toBe(2);
    process.kill(parent.pid, 'SIGKILL');
    await expect.poll(() => isRunning(parent)).toBe(false);
    expect(children()).toBe(1);
    await endLeftGroup(parent);
    await expect.poll(children).toBe(0);
  });
});

describe('starting in the background', () => {
  it('shows the end of the log when the process ends early', async () => {
    const start = background('broken', "console.error('the disk is full'); process.exit(3)", 10_000, () => false);
    await expect(start).rejects.toThrow(/broken ended while starting; the end of .*broken\.log:\nthe disk is full/);
  });

  it('gives up after the time limit, and leaves nothing running', async () => {
    const start = background('slow', 'setInterval(() => {}, 1000)', 500, () => false);
    await expect(start).rejects.toThrow("slow wasn't ready within 0.5 s");
    expect(isRunning(readState(paths).processes['slow'])).toBe(false);
  });

  it('names a program that does not exist', async () => {
    const wanted = { name: 'none', args: [], env: {}, isReady: () => true, readyWithinMs: 1000 };
    await expect(startInBackground(paths, { ...wanted, command: '/nowhere/program' })).rejects.toThrow('ENOENT');
  });
});

describe('ports', () => {
  it('are kept while free and replaced when somebody else took them', async () => {
    const port = await keptPort(paths, 's3');
    expect(await keptPort(paths, 's3')).toBe(port);
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const replaced = await keptPort(paths, 's3');
    other.close();
    expect(replaced).not.toBe(port);
    expect(readState(paths).ports.s3).toBe(replaced);
  });
});

describe('the lock of a home', () => {
  it('lets one in at a time', async () => {
    let inside = 0;
    const work = async () => {
      inside += 1;
      expect(inside).toBe(1);
      await sleep(50);
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withHomeLock(paths, work)));
  });

  it('is taken over from a dead process', async () => {
    const gone = spawn('true');
    await once(gone, 'exit');
    mkdirSync(dirname(paths.lock), { recursive: true });
    writeFileSync(paths.lock, `${gone.pid} long-ago`);
    expect(await withHomeLock(paths, async () => 'in')).toBe('in');
  });
});

describe('the state file', () => {
  it('is refused when damaged, by name', () => {
    const damaged = localPaths(`${home}/damaged`);
    mkdirSync(dirname(damaged.state), { recursive: true });
    writeFileSync(damaged.state, '{"version": 1, "ports": {"s3": 99999}');
    expect(() => readState(damaged)).toThrow(/state\.json: content: expected the state written by/);
  });
});

/** How many processes are in a process group, zombies apart. */
function groupMembers(group: number): number {
  const listed = execFileSync('ps', ['-e', '-o', 'pgid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return listed
    .map((line) => line.trim().split(/\s+/))
    .filter(([id, state]) => Number(id) === group && state?.[0] !== 'Z').length;
}

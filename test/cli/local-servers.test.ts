import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanEnvironment, temporaryHome } from '../infra/local-home.ts';

// The real program, in a process of its own, with real servers.
const PROGRAM = join(import.meta.dirname, '../../cli/spindle.mjs');

interface Report {
  processes: { name: string; state: string; address: string | null }[];
}

describe('spindle up, status, down', () => {
  const { home, remove } = temporaryHome();
  afterAll(remove);

  async function spindle(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { ...cleanEnvironment, SPINDLE_HOME: home };
    try {
      return { code: 0, ...(await promisify(execFile)(process.execPath, [PROGRAM, ...args], { env })) };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, stdout, stderr };
    }
  }

  it('bring the servers up, show them, and stop them', async () => {
    const up = await spindle('up', '--no-workers', '--json');
    expect(up).toMatchObject({ code: 0, stderr: '' });
    const status = await spindle('status', '--json');
    expect(JSON.parse(status.stdout)).toEqual(JSON.parse(up.stdout));
    const running = (JSON.parse(up.stdout) as Report).processes.filter(({ state }) => state === 'running');
    expect(running.map(({ name }) => name)).toEqual(['s3', 'temporal']);
    expect(JSON.parse((await spindle('down', '--json')).stdout)).toEqual({ stopped: ['temporal', 's3'] });
    expect((await spindle('down')).stdout).toBe('nothing was running\n');
  });

  it('exits with 2 for a wrong option', async () => {
    expect(await spindle('up', '--sideways')).toMatchObject({ code: 2, stdout: '' });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signInAddress } from '../../infra/local/sign-in.ts';
import { serverStatus, startServers } from '../../infra/local/servers.ts';
import { startWorkers, stopWorkers, workerStatus } from '../../infra/local/workers.ts';
import { cleanEnvironment, temporaryHome } from '../infra/local-home.ts';

describe('the web process on the local servers', () => {
  const { home, remove } = temporaryHome();
  const web = () => workerStatus(home).find(({ name }) => name === 'web')!;
  beforeAll(async () => {
    expect(signInAddress(home, cleanEnvironment)).toBeNull();
    await startServers(home, cleanEnvironment);
    await startWorkers(home, cleanEnvironment, ['web']);
  });
  afterAll(remove);

  it('is let in by the token in its sign-in address, and serves the page', async () => {
    const [page, token] = signInAddress(home, cleanEnvironment)!.split('/#token=') as [string, string];
    expect(page).toBe(web().page);
    expect(await (await fetch(page)).text()).toContain('<script type="module" src="main.js">');
    expect((await fetch(`${page}/main.js`)).headers.get('content-type')).toContain('javascript');
    expect((await fetch(`${page}/api/datasets`)).status).toBe(401);
    const headers = { authorization: `Bearer ${decodeURIComponent(token)}` };
    const datasets = await (await fetch(`${page}/api/datasets`, { headers })).json();
    const temporal = serverStatus(home).find(({ name }) => name === 'temporal')!;
    expect(datasets).toEqual({ datasets: [], temporalUiUrl: temporal.page });
    expect((await fetch(`${page}/api/tasks/phantom/1/1_t2`, { headers })).status).toBe(404);
  });

  it('ends when asked', async () => {
    const page = web().page!;
    expect(await stopWorkers(home, ['web'])).toEqual(['web']);
    expect(web().running).toBe(false);
    await expect(fetch(page)).rejects.toThrow();
  });
});

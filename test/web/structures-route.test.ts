import { expect, it } from 'vitest';
import { createWebServer } from '../../web/server.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { fakeCampaigns } from './fake-campaigns.ts';
import { FakeTasks } from './fake-tasks.ts';

const TOKEN = 'a-token-long-enough';

it('gives other editors every label there is, with its name and colour', async () => {
  const options = { campaigns: fakeCampaigns, token: TOKEN, records: new MemoryRecords(), temporalUiUrl: null };
  const server = createWebServer({ tasks: new FakeTasks([]), ...options, pageDir: import.meta.dirname });
  const answer = await server.inject({ url: '/api/structures', headers: { authorization: `Bearer ${TOKEN}` } });
  await server.close();
  const { structures } = answer.json<{ structures: { label: number; colour: number[] }[] }>();
  // 25 vertebrae, the canal, 25 vertebrae partly in view, 25 discs.
  expect(structures.map(({ label }) => label)).toEqual([
    ...Array.from({ length: 25 }, (_, n) => n + 1),
    ...Array.from({ length: 26 }, (_, n) => n + 100),
    ...Array.from({ length: 25 }, (_, n) => n + 201),
  ]);
  expect(structures[51]).toEqual({ label: 201, name: 'L5/S1 disc', structure: 'disc', colour: [242, 166, 191] });
  expect(structures.find(({ label }) => label === 100)?.colour).toEqual([64, 196, 255]);
});

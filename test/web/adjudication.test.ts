import type { FastifyInstance, InjectOptions } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../core/roles.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { accountServer, TOKEN } from './account-server.ts';
import { FakeTasks, type FakeTask } from './fake-tasks.ts';
import { cookieOf, pageRequest, people } from './people.ts';
import { sampleAdjudication } from './sample-adjudication.ts';

const PEOPLE: Record<string, Role> = {
  ...{ ann: 'annotator', bob: 'annotator', eve: 'engineer' },
  ...{ sam: 'radiologist', rob: 'radiologist', leo: 'lead', max: 'admin' },
};
const URL = '/api/tasks/phantom/2/11_t1.adjudication';
const MASKS = ['candidates/1/mask.mha', 'candidates/2/mask.mha', 'proposal.mha'];

let server: FastifyInstance;
let sample: FakeTask;
const cookies: Record<string, string> = {};

beforeEach(async () => {
  const records = new MemoryRecords();
  await people(records, PEOPLE);
  sample = await sampleAdjudication('phantom/2/11_t1');
  server = accountServer({ tasks: new FakeTasks([sample]), records });
  for (const name of Object.keys(PEOPLE)) cookies[name] = await cookieOf(server, name);
});

const as = (name: string, options: InjectOptions) => server.inject(pageRequest(cookies[name]!, options));
const post = (name: string, what: string, payload: object) =>
  as(name, { method: 'POST', url: `${URL}/${what}`, payload });

/** What somebody is answered who asks for the two reads and the proposal, which is the first of them. */
async function masksFor(name: string): Promise<number[]> {
  const answers = await Promise.all(MASKS.map((mask) => as(name, { url: `${URL}/${mask}` })));
  return answers.map(({ statusCode }) => statusCode);
}

const [SEEN, REFUSED] = [
  [200, 200, 200],
  [403, 403, 403],
];

describe('the two reads of an adjudication', () => {
  it('are nobody’s before somebody decides', async () => {
    for (const name of Object.keys(PEOPLE)) expect([name, await masksFor(name)]).toEqual([name, REFUSED]);
    const answer = (await as('leo', { url: `${URL}/candidates/1/mask.mha` })).json();
    expect(answer).toMatchObject({ type: 'urn:spindle:problem:blinded', title: 'Blinded read' });
    expect(answer.detail).toMatch(/claimed the decision/);
  });

  it('are given to whoever decides, byte for byte, and to nobody else', async () => {
    // Those who read it, and who may not decide, don't get it.
    for (const name of ['ann', 'bob', 'eve']) {
      expect((await post(name, 'claim', {})).statusCode).toBe(name === 'eve' ? 403 : 409);
    }
    const view = (await post('sam', 'claim', {})).json();
    expect(view.candidates.map(({ mask }: { mask: { digest: string } }) => mask.digest)).toEqual(
      sample.input.candidates!.map(({ mask }) => mask.digest),
    );
    expect(await masksFor('sam')).toEqual(SEEN);
    const second = await as('sam', { url: `${URL}/candidates/2/mask.mha` });
    expect(second.rawPayload.equals(Buffer.from(sample.candidates![1]!))).toBe(true);
    expect((await as('sam', { url: `${URL}/candidates/3/mask.mha` })).statusCode).toBe(404);
    for (const name of Object.keys(PEOPLE).filter((each) => each !== 'sam')) {
      expect([name, await masksFor(name)]).toEqual([name, REFUSED]);
      const other = (await as(name, { url: URL })).json();
      expect(other).not.toHaveProperty('candidates');
      expect(other.structures).toEqual([]);
    }
  });

  it('are taken back from whoever gives it back, and open once it is settled', async () => {
    await post('sam', 'claim', {});
    await post('sam', 'moves', { move: 'release' });
    expect(await masksFor('sam')).toEqual(REFUSED);
    await post('rob', 'claim', {});
    const { digest: baseDigest } = sample.input.proposal;
    await post('rob', 'submit', { baseDigest, minutes: 3, verdict: { verdict: 'accept' } });
    for (const name of ['sam', 'rob', 'leo', 'ann']) expect([name, await masksFor(name)]).toEqual([name, SEEN]);
  });

  it('tell nobody but leads who drew them', async () => {
    const own = await post('sam', 'claim', {});
    expect(own.body).not.toMatch(/"(ann|bob)"/);
    expect((await as('leo', { url: URL })).json().notTo).toEqual(['ann', 'bob']);
  });

  it('are the access token’s, whose holder answers for what they show', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const answer = await server.inject({ url: `${URL}/candidates/2/mask.mha`, headers });
    expect(answer.statusCode).toBe(200);
  });

  it('tell why a reader excluded the series, to whoever decides', async () => {
    Object.assign(sample.input, {
      candidates: sample.input.candidates!.slice(0, 1),
      excludedBecause: 'metal implant',
    });
    expect((await as('leo', { url: URL })).json()).not.toHaveProperty('excludedBecause');
    expect((await post('sam', 'claim', {})).json().excludedBecause).toBe('metal implant');
  });
});

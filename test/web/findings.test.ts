import type { FastifyInstance } from 'fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClassBias } from '../../core/bias-report.ts';
import type { ErrorRate } from '../../core/mask-audit.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { accountServer, TOKEN } from './account-server.ts';
import { FakeTasks } from './fake-tasks.ts';

let server: FastifyInstance;
beforeAll(() => {
  server = accountServer({ tasks: new FakeTasks([]), records: new MemoryRecords() });
});

const ask = (path: string) =>
  server.inject({ url: `/api/datasets/${path}`, headers: { authorization: `Bearer ${TOKEN}` } });
const found = async (query = '') => (await ask(`phantom/findings${query}`)).json();
const biasOf = (classes: ClassBias[], name: string) => classes.find((each) => each.class === name)!;
const rateOf = (rates: ErrorRate[], name: string) => rates.find((each) => each.of === name)!;

describe('what a dataset knows of its reviews', () => {
  it('is the lean of corrections, and the error that audits found', async () => {
    const { rounds, bias, audits } = await found();
    expect(rounds).toEqual([1, 2]);
    expect(bias).toMatchObject({ dataset: 'phantom', round: null, toleranceMm: 1, controls: 2, patients: 2 });
    // Corrections depart by 30 + 50 mm³ from the proposals, blinded drawings by 200; of vertebrae by 150 and 200.
    const disc = biasOf(bias.classes, 'disc');
    expect(disc.everywhere.lean.defined && disc.everywhere.lean.value).toBeCloseTo(0.6, 12);
    expect(disc.beyond.lean.defined && disc.beyond.lean.value).toBeCloseTo(0.5, 12);
    expect(disc.everywhere.interval!.low).toBeLessThan(0.6);
    expect(biasOf(bias.classes, 'all').everywhere.lean).toEqual({ defined: true, value: 1 - 230 / 400 });
    expect(biasOf(bias.classes, 'canal').everywhere.lean).toMatchObject({ defined: false });
    expect(audits).toMatchObject({ audits: 2, patients: 2, errorDice: 0.9 });
    expect(rateOf(audits.rates, 'disc')).toMatchObject({ count: 2, errors: 1, rate: { defined: true, value: 0.5 } });
    expect(rateOf(audits.rates, 'mask')).toMatchObject({ count: 2, errors: 1 });
  });

  it('is asked of one round, and with other yardsticks', async () => {
    const first = await found('?round=1');
    expect(biasOf(first.bias.classes, 'disc').everywhere).toMatchObject({ lean: { value: 0.7 }, interval: null });
    expect([first.bias.round, first.audits.round, first.audits.audits]).toEqual([1, 1, 1]);
    expect(first.rounds).toEqual([1, 2]); // to choose from
    const strict = await found('?threshold=0.97&tolerance=0');
    expect(rateOf(strict.audits.rates, 'vertebra')).toMatchObject({ count: 3, errors: 1 });
    expect(strict.bias.toleranceMm).toBe(0);
    for (const query of ['?round=-1', '?tolerance=3', '?threshold=2']) {
      expect([query, (await ask(`phantom/findings${query}`)).statusCode]).toEqual([query, 400]);
    }
  });

  it('may be nothing, and is asked of datasets that there are', async () => {
    expect((await ask('quiet/findings')).json()).toMatchObject({
      rounds: [],
      bias: { controls: 0 },
      audits: { audits: 0 },
    });
    expect((await ask('nowhere/findings')).json().type).toBe('urn:spindle:problem:no-such-dataset');
  });
});

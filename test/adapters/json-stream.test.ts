import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonParts } from '../../adapters/json-stream.ts';
import { canonicalJson } from '../../core/canonical-json.ts';

async function* cut(text: string, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function partsOf(text: string, chunkBytes: number): Promise<{ member: string; value: unknown }[]> {
  const parts: { member: string; value: unknown }[] = [];
  for await (const { member, bytes } of jsonParts(cut(text, chunkBytes), 'series', 'a manifest')) {
    parts.push({ member, value: JSON.parse(Buffer.from(bytes).toString()) as unknown });
  }
  return parts;
}

describe('jsonParts', () => {
  it('gives the elements of one array one by one, and other members whole', async () => {
    const text = '{"a":[1,{"series":[2]}],"series":[{"b":"],}\\"{"},[],3],"split":{"1":"train"}}';
    for (const chunkBytes of [1, 2, 7, 1000]) {
      expect(await partsOf(text, chunkBytes)).toEqual([
        { member: 'a', value: [1, { series: [2] }] },
        { member: 'series', value: { b: '],}"{' } },
        { member: 'series', value: [] },
        { member: 'series', value: 3 },
        { member: 'split', value: { 1: 'train' } },
      ]);
    }
    expect(await partsOf('{"series":[],"split":{}}', 3)).toEqual([{ member: 'split', value: {} }]);
    expect(await partsOf('{}', 1)).toEqual([]);
  });

  it('gives what JSON.parse gives, wherever the chunks end', async () => {
    const members = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(
        members,
        fc.array(fc.jsonValue()),
        fc.integer({ min: 1, max: 40 }),
        async (rest, series, size) => {
          const whole = JSON.parse(canonicalJson({ ...rest, series })) as Record<string, unknown>;
          const parts = await partsOf(canonicalJson(whole), size);
          const elements = parts.filter(({ member }) => member === 'series').map(({ value }) => value);
          const others = parts.filter(({ member }) => member !== 'series').map(({ member, value }) => [member, value]);
          expect({ ...Object.fromEntries(others), series: elements }).toEqual(whole);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each(['', '[1]', '"text"', '{"series":[{"a":1}', '{"a":"b'])('refuses %j', async (text) => {
    await expect(partsOf(text, 4)).rejects.toMatchObject({ name: 'InvalidInputError', object: 'a manifest' });
  });
});

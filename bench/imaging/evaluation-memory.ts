import { readFileSync } from 'node:fs';
import { asMask, decodeMha } from '../../adapters/volume.ts';
import { compareMasks } from '../../core/scores.ts';

// A process of its own, so that its peak is that of one evaluation: reads two masks, evaluates, prints kilobytes as JSON.
const [reference, prediction] = process.argv.slice(2).map((path) => readFileSync(path));
const before = process.memoryUsage.rss() / 1024;
const masks = [];
for (const bytes of [reference!, prediction!]) masks.push(asMask(await decodeMha(bytes, 'mask'), 'mask'));
const scores = compareMasks(masks[0]!, masks[1]!);
process.stdout.write(
  JSON.stringify({ beforeKb: before, peakKb: process.resourceUsage().maxRSS, structures: scores.length }),
);

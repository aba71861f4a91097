import { printMachine } from './support/report.ts';

const BENCHMARKS = {
  'evaluation-threads': () => import('./imaging/evaluation-threads.bench.ts'),
  metrics: () => import('./imaging/metrics.bench.ts'),
  'volume-files': () => import('./imaging/volume-files.bench.ts'),
};

// npm run bench:imaging [-- <part of a name>]: every benchmark of bench/imaging, one after the other.
const [wanted = ''] = process.argv.slice(2);
printMachine();
for (const [name, load] of Object.entries(BENCHMARKS)) {
  if (name.includes(wanted)) await (await load()).run();
}

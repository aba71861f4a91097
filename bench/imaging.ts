import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { printMachine } from './support/report.ts';

// npm run bench:imaging [-- <part of a file name>]: every file of bench/imaging, one after the other.
const [wanted = ''] = process.argv.slice(2);
const folder = join(import.meta.dirname, 'imaging');
printMachine();
for (const name of readdirSync(folder).sort()) {
  if (!name.endsWith('.bench.ts') || !name.includes(wanted)) continue;
  const { run } = (await import(join(folder, name))) as { run: () => Promise<void> };
  await run();
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** What every command may load before it knows that it needs it. The AWS SDK alone takes as long as all else. */
const LIGHT = ['cli-progress', 'commander', 'csv-parse/sync', 'zod'];
const CONTROL = 'adapters/s3-bucket.ts';

/** The packages that each module loads with itself: what only an `import()` names isn't among them. */
async function packagesOf(modules: string[]): Promise<Record<string, string[]>> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: modules,
    bundle: true,
    splitting: true,
    format: 'esm',
    outdir: 'nowhere',
    platform: 'node',
    packages: 'external',
    write: false,
    metafile: true,
  });
  const heavy = (module: string) => {
    const found = new Set<string>();
    const seen = new Set([module]);
    for (const path of seen) {
      for (const { path: to, kind, external } of metafile.inputs[path]!.imports) {
        if (kind !== 'import-statement') continue;
        if (!external) seen.add(to);
        else if (!to.startsWith('node:') && !LIGHT.includes(to)) found.add(to);
      }
    }
    return [...found].sort();
  };
  return Object.fromEntries(modules.map((module) => [module, heavy(module)]));
}

it('loads nothing heavy before a command needs it', async () => {
  const commands = readdirSync(join(ROOT, 'cli/commands')).map((name) => `cli/commands/${name}`);
  expect(commands.length).toBeGreaterThan(30);
  // The control: a module that needs the SDK at once.
  const { [CONTROL]: control, ...found } = await packagesOf([CONTROL, 'cli/main.ts', ...commands]);
  expect(control).toEqual(['@aws-sdk/client-s3']);
  expect(Object.entries(found).filter(([, packages]) => packages.length > 0)).toEqual([]);
});

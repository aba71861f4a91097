import { createHash, randomUUID } from 'node:crypto';
import { access, copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, version as esbuildVersion } from 'esbuild';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(REPOSITORY, 'web/page');
const STATIC_FILES = ['index.html', 'style.css'] as const;

/**
 * Bundles the review page into a folder below `buildDir` and returns that folder. The folder is named by a digest of everything
 * the bundle is made from, so an unchanged page is not built again, and a server that runs on an
 * older page keeps its files.
 */
export async function buildPage(buildDir: string): Promise<string> {
  const name = `page-${await sourcesDigest()}`;
  const target = join(buildDir, name);
  if (await exists(join(target, 'index.html'))) return target;
  const scratch = join(buildDir, `.${name}-${randomUUID()}`);
  await mkdir(scratch, { recursive: true });
  try {
    await build({
      entryPoints: ['main.ts', 'gate-worker.ts'].map((file) => join(PAGE, file)),
      outdir: scratch,
      bundle: true,
      format: 'esm',
      target: 'es2022',
      minify: true,
      legalComments: 'linked',
      logLevel: 'error',
      absWorkingDir: REPOSITORY,
    });
    for (const file of STATIC_FILES) await copyFile(join(PAGE, file), join(scratch, file));
    await putInPlace(scratch, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return target;
}

/** Over the page, what it imports from the repository, and the lock file that fixes its libraries. */
async function sourcesDigest(): Promise<string> {
  const folders = ['web/page', 'core'].map((folder) => join(REPOSITORY, folder));
  const listed = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })));
  const files = listed.flat().flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
  files.push(join(REPOSITORY, 'web/api-shapes.ts'), join(REPOSITORY, 'package-lock.json'));
  const hash = createHash('sha256').update(esbuildVersion);
  for (const file of files.sort()) hash.update(`\n${relative(REPOSITORY, file)}\n`).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/** Another process may have built the same meanwhile: then its folder is as good. */
async function putInPlace(scratch: string, target: string): Promise<void> {
  try {
    await rename(scratch, target);
  } catch (error) {
    if (!(await exists(join(target, 'index.html')))) throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { contentDigest, fileState, HOW, joined } from './inputs.mjs';
import { writeWhole } from './whole-file.mjs';

/** Programs that stay, the newest: one a branch that is worked on. */
const KEPT = 4;
const LOADERS = { '.ts': 'ts', '.json': 'json' };

/**
 * Packages that the program finds in node_modules as it runs: what is native or looks for files of its own. All others are taken in.
 */
const OUTSIDE = /^(@temporalio\/worker|esbuild|onnxruntime-node|itk-wasm|@itk-wasm\/.*)$/;

/**
 * Puts the sources and the packages of the program together into one file, and keeps it in `folder` under the digest of all that
 * went in: exactly the bytes that were read for it, so that no edit meanwhile can get an old program under its digest. Throws what
 * esbuild and the file system say.
 * @param {string} root the repository
 * @param {string} folder
 */
export async function buildProgram(root, folder) {
  const start = Date.now();
  const contents = new Map(HOW.map((path) => [path, readFileSync(join(root, path))]));
  const bytes = await bundled(root, contents);
  const inputs = inputsOf(root, contents, start);
  const { sources, packages } = inputs;
  const digest = joined(contentDigest(root, sources, contents), packages.digest);
  const path = join(folder, digest, 'main.cjs');
  mkdirSync(dirname(path), { recursive: true });
  writeWhole(path, bytes);
  writeWhole(join(folder, 'inputs.json'), Buffer.from(JSON.stringify(inputs)));
  forgetOld(folder);
  return { path, source: bytes.toString('latin1') };
}

async function bundled(root, contents) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['cli/main.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    charset: 'ascii',
    // Names stay as they are in the sources: errors take those of their classes.
    keepNames: true,
    minifyWhitespace: true,
    minifySyntax: true,
    // As Node wraps what it requires; here, so that the text need not be copied at every start.
    banner: { js: '(function (exports, require, module) {' },
    footer: { js: '})' },
    // Each module keeps the address of its source: threads and files are found from there.
    define: { 'import.meta.url': '__sourceUrl' },
    write: false,
    logLevel: 'silent',
    plugins: [asRead(root, contents)],
  });
  return Buffer.from(outputFiles[0].contents);
}

/** Sources by name, since they are read at every start; packages by their state, since they are many and seldom change. */
function inputsOf(root, contents, start) {
  const paths = [...contents.keys()].sort();
  const isPackage = (path) => path.startsWith('node_modules/') && !HOW.includes(path);
  const packages = paths.filter(isPackage);
  const states = Object.fromEntries(packages.map((path) => [path, fileState(join(root, path), start)]));
  return {
    sources: paths.filter((path) => !isPackage(path)),
    packages: { digest: contentDigest(root, packages, contents), states },
  };
}

/** Hands esbuild the files and notes what was in them. */
function asRead(root, contents) {
  return {
    name: 'as read',
    setup(building) {
      building.onResolve({ filter: OUTSIDE }, () => ({ external: true }));
      building.onLoad({ filter: /\.(ts|js|mjs|cjs|json)$/ }, ({ path }) => {
        const bytes = readFileSync(path);
        contents.set(relative(root, path).split(sep).join('/'), bytes);
        const text = bytes.toString('utf8');
        const url = text.includes('import.meta.url')
          ? `const __sourceUrl = ${JSON.stringify(pathToFileURL(path).href)};`
          : '';
        return { contents: `${url}${text}`, loader: LOADERS[extname(path)] ?? 'js', resolveDir: dirname(path) };
      });
    },
  };
}

function forgetOld(folder) {
  const programs = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const byAge = programs
    .map(({ name }) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { path } of byAge.slice(KEPT)) rmSync(path, { recursive: true, force: true });
}

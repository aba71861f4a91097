// Times itk-wasm reading and writing MHA files and prints JSON, as volume_peers.py, which has run before, does for SimpleITK. A process of its own and plain
// JavaScript, so that the TypeScript loader has no part in it; the pipelines are loaded before the first run that counts.
import { rmSync, statSync } from 'node:fs';
import { metaReadImageNode, metaWriteImageNode } from '@itk-wasm/image-io';

const [runs, ...files] = process.argv.slice(2);
const figures = {};
for (const file of files) {
  const written = `${file}.itk-wasm.mha`;
  await metaReadImageNode(file);
  const [read, { image }] = await shortest(() => metaReadImageNode(file));
  const [write] = await shortest(() => metaWriteImageNode(image, written, { useCompression: true }));
  const [readOther] = await shortest(() => metaReadImageNode(`${file}.simpleitk.mha`));
  figures[file] = { read, readOther, write, bytes: statSync(written).size };
  rmSync(written);
}
process.stdout.write(JSON.stringify(figures));

async function shortest(work) {
  let [best, result] = [Infinity, undefined];
  for (let run = 0; run < Number(runs); run++) {
    const start = performance.now();
    result = await work();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return [best, result];
}

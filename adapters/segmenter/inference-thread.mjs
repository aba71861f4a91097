// The thread behind adapters/segmenter/network.ts: onnxruntime's run() blocks the thread it is called on.
// Plain JavaScript, so that Node starts it without a loader. Its workerData is {onnx, threads, device}.
// First message out: {session: {inputs, outputs, device, fallback}}: names and shapes, where it runs, and why not on the GPU whose
// provider is installed; or {error}.
// Then per message {patch, shape}: {outputs}, a Float32Array by name of each output, or {error}.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const failure = (error) => ({ error: String(error instanceof Error ? error.message : error).slice(0, 500) });
const described = (metadata) => metadata.map(({ name, type, shape }) => ({ name, type, shape: shape ?? [] }));

const create = (executionProviders) =>
  InferenceSession.create(workerData.onnx, {
    executionProviders,
    intraOpNumThreads: workerData.threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });

/** The CUDA provider is a library beside the binding that a plain installation doesn't bring. */
function cudaInstalled() {
  const root = join(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'), '../bin');
  return existsSync(join(root, `napi-v6/${process.platform}/${process.arch}/libonnxruntime_providers_cuda.so`));
}

/** On the GPU where it is asked for, or where nothing is and its provider is installed; then the CPU stands in for it. */
async function open(device) {
  if (device === 'cpu' || (device === 'auto' && !cudaInstalled()))
    return { session: await create(['cpu']), device: 'cpu' };
  try {
    if (!cudaInstalled()) throw new Error("onnxruntime's CUDA provider is not installed");
    return { session: await create(['cuda', 'cpu']), device: 'cuda' };
  } catch (error) {
    if (device === 'cuda') throw new Error(`device cuda: ${failure(error).error}`, { cause: error });
    return { session: await create(['cpu']), device: 'cpu', fallback: failure(error).error };
  }
}

try {
  const { session, device, fallback } = await open(workerData.device);
  const [inputs, outputs] = [described(session.inputMetadata), described(session.outputMetadata)];
  parentPort.postMessage({ session: { inputs, outputs, device, fallback } });
  parentPort.on('message', async ({ patch, shape }) => {
    try {
      const outputs = await session.run({ patch: new Tensor('float32', patch, shape) });
      // Copies: the session owns the memory of its outputs.
      const copies = Object.entries(outputs).map(([name, { data }]) => [name, data.slice()]);
      parentPort.postMessage(
        { outputs: Object.fromEntries(copies) },
        copies.map(([, { buffer }]) => buffer),
      );
    } catch (error) {
      parentPort.postMessage(failure(error));
    }
  });
} catch (error) {
  parentPort.postMessage(failure(error));
}

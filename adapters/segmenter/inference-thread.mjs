// The thread behind adapters/segmenter/network.ts: onnxruntime's run() blocks the thread it is called on.
// Plain JavaScript, so that Node starts it without a loader. Its workerData is {onnx, threads}.
// First message out: {session: {inputs, outputs}} with names and shapes, or {error}.
// Then per message {patch, shape}: {outputs}, a Float32Array by name of each output, or {error}.
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const failure = (error) => ({ error: String(error instanceof Error ? error.message : error).slice(0, 500) });
const described = (metadata) => metadata.map(({ name, type, shape }) => ({ name, type, shape: shape ?? [] }));

try {
  const session = await InferenceSession.create(workerData.onnx, {
    executionProviders: ['cpu'],
    intraOpNumThreads: workerData.threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  parentPort.postMessage({
    session: { inputs: described(session.inputMetadata), outputs: described(session.outputMetadata) },
  });
  parentPort.on('message', async ({ patch, shape }) => {
    try {
      const outputs = await session.run({ patch: new Tensor('float32', patch, shape) });
      // Copies: the session owns the memory of its outputs.
      const copies = Object.entries(outputs).map(([name, { data }]) => [name, Float32Array.from(data)]);
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

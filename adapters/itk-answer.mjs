// What the threads that call itk-wasm share. Plain JavaScript, so that Node starts them without a loader.
import { parentPort } from 'node:worker_threads';

/** Answers the one message of a thread with what `work` gives: {output}, its typed arrays transferred, or {error}. */
export function answerWith(work) {
  parentPort.once('message', async (message) => {
    try {
      const { output, transfer } = await work(message);
      parentPort.postMessage({ output }, transfer);
    } catch (error) {
      // itk-wasm throws bare numbers (C++ exception pointers) as well as Errors.
      const text = error instanceof Error ? error.message : `itk-wasm threw ${String(error)}`;
      parentPort.postMessage({ error: text.slice(0, 500) });
    }
  });
}

/** An image of itk-wasm without its metadata, whose voxels lie in a buffer of their own. */
export function plainImage({ imageType, size, spacing, origin, direction, data }) {
  return {
    imageType: { ...imageType },
    size: [...size],
    spacing: [...spacing],
    origin: [...origin],
    direction: [...direction],
    data: data.slice(),
  };
}

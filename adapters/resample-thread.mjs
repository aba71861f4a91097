// The thread behind adapters/resample.ts. Plain JavaScript, so that Node starts it without a loader.
// Receives {input, reference, interpolator, defaultValue} as itk-wasm images; answers {output: {size, data}} or {error}.
import { parentPort } from 'node:worker_threads';
import { resampleToReferenceNode } from '@itk-wasm/downsample';

parentPort.once('message', async ({ input, reference, interpolator, defaultValue }) => {
  try {
    const { output } = await resampleToReferenceNode(input, reference, { interpolator, defaultValue });
    if (!output?.data) throw new Error('the resampling pipeline returned no image');
    const data = output.data.slice();
    parentPort.postMessage({ output: { size: [...output.size], data } }, [data.buffer]);
  } catch (error) {
    // itk-wasm throws bare numbers (C++ exception pointers) as well as Errors.
    const message = error instanceof Error ? error.message : `itk-wasm threw ${String(error)}`;
    parentPort.postMessage({ error: message.slice(0, 500) });
  }
});

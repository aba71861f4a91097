// The thread behind adapters/resample.ts.
// Receives {input, reference, interpolator, defaultValue} as itk-wasm images; answers {output: {size, data}} or {error}.
import { resampleToReferenceNode } from '@itk-wasm/downsample';
import { answerWith } from './itk-answer.mjs';

answerWith(async ({ input, reference, interpolator, defaultValue }) => {
  const { output } = await resampleToReferenceNode(input, reference, { interpolator, defaultValue });
  if (!output?.data) throw new Error('the resampling pipeline returned no image');
  const data = output.data.slice();
  return { output: { size: [...output.size], data }, transfer: [data.buffer] };
});

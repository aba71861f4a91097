// The thread behind adapters/interpolation.ts: {input, axis} answers {output: voxels}.
import { morphologicalContourInterpolationNode } from '@itk-wasm/morphological-contour-interpolation';
import { answerWith, plainImage } from './itk-answer.mjs';

answerWith(async ({ input, axis }) => {
  const { outputImage } = await morphologicalContourInterpolationNode(input, { axis });
  if (!outputImage?.data) throw new Error('the interpolation pipeline returned no image');
  const { data } = plainImage(outputImage);
  return { output: data, transfer: [data.buffer] };
});

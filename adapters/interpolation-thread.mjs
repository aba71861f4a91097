// The thread behind adapters/interpolation.ts: {input} answers {output: voxels}, filled between slices along z.
import { morphologicalContourInterpolationNode } from '@itk-wasm/morphological-contour-interpolation';
import { answerWith, plainImage } from './itk-answer.mjs';

answerWith(async ({ input }) => {
  const { outputImage } = await morphologicalContourInterpolationNode(input, { axis: 2 });
  if (!outputImage?.data) throw new Error('the interpolation pipeline returned no image');
  const { data } = plainImage(outputImage);
  return { output: data, transfer: [data.buffer] };
});

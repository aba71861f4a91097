import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../adapters/volume.ts';
import type { ModelCard, SemanticSpec } from '../../../core/trainer-contract.ts';
import type { Volume } from '../../../core/volume.ts';

const PYTHON = join(import.meta.dirname, '../../../.spindle/python/bin/python');

/** A 1×1×1 convolution from one channel to five, as ONNX text. */
const NETWORK = `
import sys, onnx
x, y, z = map(int, sys.argv[2:5])
numbers = lambda at: ",".join(sys.argv[at:at + 5])
text = f'''<ir_version: 8, opset_import: ["": 17]>
classes (float[1,1,{z},{y},{x}] patch) => (float[1,5,{z},{y},{x}] logits)
<float[5,1,1,1,1] weight = {{{numbers(5)}}}, float[5] bias = {{{numbers(10)}}}>
{{ logits = Conv(patch, weight, bias) }}'''
open(sys.argv[1], "wb").write(onnx.parser.parse_model(text).SerializeToString())
`;

export const SPEC: SemanticSpec = {
  kind: 'semantic',
  spacingMm: [4, 3, 3],
  patch: [8, 16, 24],
  preprocessing: 'nnunet-zscore',
  windowStep: 0.5,
  mirrorAxes: ['x', 'y', 'z'],
  inputs: ['image'],
  outputs: ['background', 'vertebra', 'disc', 'canal', 'vertebra-contact'],
};

/**
 * A network that calls each voxel by the intensity (of background, vertebra, disc, canal) that it is nearest to: -(v - c)² is largest
 * for the nearest c, and v² is the same for all, so 2·c·v - c² does. Intensities are as z-scores of `image`, which is all there is in
 * the crop. Contact is never the nearest.
 */
export function intensityNetwork(image: Volume, intensities: number[], into: string, spec = SPEC): Uint8Array {
  const inside = [...image.voxels];
  const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
  const deviation = Math.sqrt(inside.reduce((sum, value) => sum + (value - mean) ** 2, 0) / inside.length);
  const centres = [...intensities.map((value) => (value - mean) / deviation), 1000];
  const file = join(into, 'intensity.onnx');
  const numbers = [...centres.map((c) => 2 * c), ...centres.map((c) => -c * c)].map((value) => value.toFixed(6));
  execFileSync(PYTHON, ['-c', NETWORK, file, ...spec.patch.map(String), ...numbers]);
  return new Uint8Array(readFileSync(file));
}

export function semanticCard(onnx: Uint8Array, network: ModelCard['network'] = SPEC): ModelCard {
  return {
    schema: 'spindle.model-card/1',
    trainer: 'nnunet',
    preset: 'demo',
    dataset: 'blocks',
    version: 'a'.repeat(64),
    round: 0,
    seed: 1,
    parent: null,
    patientsSeen: ['1'],
    network,
    parameters: 10,
    steps: 0,
    seconds: 0,
    onnx: { digest: sha256(onnx), bytes: onnx.length, opset: 17 },
    parityMaxAbs: 0,
    software: {},
  };
}

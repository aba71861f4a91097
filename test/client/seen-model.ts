import type { ObjectStore } from '../../adapters/object-store.ts';
import type { Digest, PatientId } from '../../core/ids.ts';
import type { ModelRecord } from '../../core/models.ts';
import { blockCard } from '../adapters/segmenter/block-tower.ts';

/** A model that is said to have seen patients; its network and weights are a few letters. */
export async function seenModel(
  store: ObjectStore,
  name: string,
  { version, patientsSeen }: { version: Digest; patientsSeen: PatientId[] },
): Promise<ModelRecord> {
  const onnx = await store.putObject(new TextEncoder().encode(name));
  const card = await store.putJson({ ...blockCard(), version, patientsSeen, onnx: { ...onnx, opset: 17 } });
  const kind = { trainer: 'iis', preset: 'demo' as const, round: 1, version, evaluations: [] };
  return { model: onnx.digest, onnx, card, weights: onnx, curves: onnx, ...kind };
}

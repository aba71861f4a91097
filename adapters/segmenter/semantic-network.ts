import { InvalidInputError } from '../../core/invalid-input.ts';
import type { ModelCard, SemanticSpec } from '../../core/trainer-contract.ts';
import { checkTensors, parsedCard, startChecked, type LoadOptions } from './network.ts';

/** A semantic network ready to run. Anything that keeps SemanticSpec's definition can stand in. */
export interface SemanticNetwork {
  name: string;
  spec: SemanticSpec;
  /** Logits of a window, [class][z][y][x] of spec.patch, x fastest, of the image [z][y][x]. Takes the array over. */
  run(patch: Float32Array<ArrayBuffer>): Promise<Float32Array>;
  /** Ends its thread. */
  close(): Promise<void>;
}

/** As `loadNetwork` does for IIS: the same checks and the same errors, for a card whose network is semantic. */
export async function loadSemanticNetwork(
  onnxBytes: Uint8Array,
  card: ModelCard,
  name: string,
  options: LoadOptions = {},
): Promise<SemanticNetwork> {
  const spec = parsedCard(card, name).network;
  if (spec.kind !== 'semantic') throw new InvalidInputError(name, 'model card network.kind', 'semantic', spec.kind);
  const [x, y, z] = spec.patch;
  const input = [1, 1, z, y, x];
  const thread = await startChecked(onnxBytes, card, name, options, (session) =>
    checkTensors(session, { patch: input }, { logits: [1, spec.outputs.length, z, y, x] }, name),
  );
  const count = spec.outputs.length * x * y * z;
  return {
    name,
    spec,
    run: async (patch) => {
      const { logits } = await thread.run(patch, input);
      if (logits?.length !== count) {
        throw new InvalidInputError(name, 'output logits', `${count} values`, `${logits?.length ?? 0}`);
      }
      const at = logits.findIndex((value) => !Number.isFinite(value));
      if (at >= 0) throw new InvalidInputError(name, 'output logits', 'finite numbers', `${logits[at]} at ${at}`);
      return logits;
    },
    close: () => thread.close(),
  };
}

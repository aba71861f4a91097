import { InvalidInputError } from '../../core/invalid-input.ts';
import { ModelCard, type Appearance, type NetworkSpec } from '../../core/trainer-contract.ts';
import { sha256 } from '../volume.ts';
import { InferenceThread, type Device, type SessionShape } from './inference-thread.ts';

/** What a network answers for one patch. */
export interface NetworkOutput {
  /** Probabilities 0..1 of vertebra, disc and canal, one after the other: [3][z][y][x] of the patch, x fastest. */
  structures: Float32Array;
  /** Probability 0..1 that the vertebra is completely in view. */
  completeness: number;
}

/** A network ready to run. Made by `loadNetwork`; anything that keeps NetworkSpec's definition can stand in. */
export interface Network {
  name: string;
  spec: NetworkSpec;
  /** Where it runs, and why not on the GPU whose provider is installed. */
  device?: 'cpu' | 'cuda';
  fallback?: string | undefined;
  /** What the structures it was trained on look like, where its card says so. */
  appearance?: Appearance | undefined;
  /** `patch` holds image, vertebra memory and disc memory: [3][z][y][x] of spec.patch, x fastest. Takes the array over. */
  run(patch: Float32Array<ArrayBuffer>): Promise<NetworkOutput>;
  /** Ends its thread. */
  close(): Promise<void>;
}

export interface LoadOptions {
  /** Threads of one run; 2 by default. */
  threads?: number;
  /** `auto` by default. Asked for by name, a GPU that isn't there is an error. */
  device?: Device;
}

/**
 * Loads an ONNX network on onnxruntime's CUDA provider where it is installed, else on its CPU provider, in a thread of its own: a run blocks its thread for as long as it takes,
 * and the caller's event loop has heartbeats to send. Runs are answered in order.
 * Throws InvalidInputError, `name` in front, when the card is malformed, the bytes aren't those the card names, onnxruntime
 * can't read them, or inputs and outputs don't fit the card's NetworkSpec.
 */
export async function loadNetwork(
  onnxBytes: Uint8Array,
  card: ModelCard,
  name: string,
  options: LoadOptions = {},
): Promise<Network> {
  const { network: spec, appearance } = parsedCard(card, name);
  if (spec.kind !== 'iis') throw new InvalidInputError(name, 'model card network.kind', 'iis', spec.kind);
  const thread = await startChecked(onnxBytes, card, name, options, (session) => checkSession(session, spec, name));
  const [x, y, z] = spec.patch;
  const voxels = x * y * z;
  return {
    name,
    spec,
    appearance,
    device: thread.session.device ?? 'cpu',
    fallback: thread.session.fallback,
    run: async (patch) => {
      const { structures, completeness } = await thread.run(patch, [1, 3, z, y, x]);
      if (!structures || !completeness) throw new Error(`${name}: an output is missing`);
      refuseOutput(structures, 3 * voxels, 'structures', name);
      refuseOutput(completeness, 1, 'completeness', name);
      return { structures, completeness: completeness[0]! };
    },
    close: () => thread.close(),
  };
}

/**
 * Starts the thread of a network whose bytes are those of the card and whose inputs and outputs `check` lets pass. Throws
 * InvalidInputError.
 */
export async function startChecked(
  onnxBytes: Uint8Array,
  { onnx }: ModelCard,
  name: string,
  options: LoadOptions,
  check: (session: SessionShape) => void,
): Promise<InferenceThread> {
  const digest = sha256(onnxBytes);
  if (digest !== onnx.digest) throw new InvalidInputError(name, 'onnx.digest', onnx.digest, digest);
  const thread = await InferenceThread.start(
    onnxBytes,
    { threads: options.threads ?? 2, device: options.device ?? 'auto' },
    name,
  );
  try {
    check(thread.session);
  } catch (error) {
    await thread.close();
    throw error;
  }
  return thread;
}

/** Throws InvalidInputError for a card that isn't one. */
export function parsedCard(card: ModelCard, name: string): ModelCard {
  const parsed = ModelCard.safeParse(card);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidInputError(name, `model card ${issue?.path.join('.') ?? ''}`, 'a valid card', issue?.message ?? '?');
}

function checkSession(session: SessionShape, spec: NetworkSpec, name: string): void {
  const [x, y, z] = spec.patch;
  const outputs = { structures: [1, 3, z, y, x], completeness: [1, 1] };
  checkTensors(session, { patch: [1, 3, z, y, x] }, outputs, name);
}

/**
 * Refuses a session that lacks one of the tensors or has other inputs. A dimension that the network leaves open (a name, or -1)
 * fits any size. Throws InvalidInputError.
 */
export function checkTensors(
  session: SessionShape,
  inputs: Readonly<Record<string, readonly number[]>>,
  outputs: Readonly<Record<string, readonly number[]>>,
  name: string,
): void {
  const expected = [
    ...Object.entries(inputs).map(([field, shape]) => ['input', field, shape, session.inputs] as const),
    ...Object.entries(outputs).map(([field, shape]) => ['output', field, shape, session.outputs] as const),
  ];
  for (const [kind, field, shape, offered] of expected) {
    const tensor = offered.find((each) => each.name === field);
    const fits =
      tensor?.type === 'float32' &&
      tensor.shape.length === shape.length &&
      tensor.shape.every((n, axis) => typeof n === 'string' || n < 0 || n === shape[axis]);
    if (fits) continue;
    const got = tensor ? `${tensor.type} [${tensor.shape.join(', ')}]` : offered.map((each) => each.name).join(', ');
    throw new InvalidInputError(name, `${kind} ${field}`, `float32 [${shape.join(', ')}]`, got);
  }
  if (session.inputs.length !== 1) {
    throw new InvalidInputError(name, 'inputs', 'patch alone', session.inputs.map((each) => each.name).join(', '));
  }
}

function refuseOutput(values: Float32Array, count: number, field: string, name: string): void {
  if (values.length !== count) {
    throw new InvalidInputError(name, `output ${field}`, `${count} values`, `${values.length}`);
  }
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (value >= 0 && value <= 1) continue;
    throw new InvalidInputError(name, `output ${field}`, 'probabilities 0 to 1', `${value} at ${at}`);
  }
}

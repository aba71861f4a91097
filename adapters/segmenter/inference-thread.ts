import { Worker } from 'node:worker_threads';
import { InvalidInputError } from '../../core/invalid-input.ts';

export interface TensorShape {
  name: string;
  type: string;
  /** A string stands for a dimension that is left open. */
  shape: readonly (number | string)[];
}

/** `auto`: the GPU, if onnxruntime's CUDA provider is installed and works, else the CPU. */
export const DEVICES = ['auto', 'cpu', 'cuda'] as const;
export type Device = (typeof DEVICES)[number];

/** How the thread begins what it says of a device. */
const DEVICE_ERROR = 'device cuda: ';

export interface SessionShape {
  inputs: readonly TensorShape[];
  outputs: readonly TensorShape[];
  /** Where it runs. */
  device?: 'cpu' | 'cuda';
  /** Why it runs on the CPU although the CUDA provider is installed. */
  fallback?: string | undefined;
}

/** By the names of the network's outputs. */
type RunOutput = Readonly<Record<string, Float32Array>>;

type Answer = { session: SessionShape } | { outputs: RunOutput } | { error: string };

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** One onnxruntime session in a worker thread; answers come in the order of the calls. */
export class InferenceThread {
  session: SessionShape = { inputs: [], outputs: [] };
  private readonly waiting: Waiting[] = [];
  private ended: Error | undefined;

  private constructor(
    private readonly worker: Worker,
    private readonly name: string,
  ) {
    worker.on('message', (answer: Answer) => this.waiting.shift()?.resolve(answer));
    worker.on('error', (error) => this.end(new Error(`${name}: the inference thread broke`, { cause: error })));
    worker.on('exit', (code) => this.end(new Error(`${name}: the inference thread ended (code ${code})`)));
  }

  /** Throws InvalidInputError when onnxruntime refuses the bytes, or hasn't the device that is asked for. */
  static async start(
    onnx: Uint8Array,
    { threads, device }: { threads: number; device: Device },
    name: string,
  ): Promise<InferenceThread> {
    // No execArgv: the thread is plain JavaScript and shouldn't pay for the parent's TypeScript loader.
    const worker = new Worker(new URL('./inference-thread.mjs', import.meta.url), {
      execArgv: [],
      workerData: { onnx, threads, device },
    });
    const thread = new InferenceThread(worker, name);
    const answer = await thread.next();
    if ('session' in answer) {
      thread.session = answer.session;
      // From here on an idle thread doesn't keep the process alive; a run in flight does.
      worker.unref();
      return thread;
    }
    await thread.close();
    const error = 'error' in answer ? answer.error : '?';
    if (error.startsWith(DEVICE_ERROR)) {
      throw new InvalidInputError(name, 'device', 'a GPU that onnxruntime can use', error.slice(DEVICE_ERROR.length));
    }
    throw new InvalidInputError(name, 'onnx', 'a network onnxruntime can load', error);
  }

  /** `shape` is that of the one input, [batch, channel, z, y, x]. The patch's buffer moves to the thread. */
  async run(patch: Float32Array<ArrayBuffer>, shape: readonly number[]): Promise<RunOutput> {
    const next = this.next();
    this.worker.ref();
    if (!this.ended) this.worker.postMessage({ patch, shape }, [patch.buffer]);
    const answer = await next.finally(() => this.waiting.length === 0 && this.worker.unref());
    if ('outputs' in answer) return answer.outputs;
    throw new Error(`${this.name}: inference failed: ${'error' in answer ? answer.error : 'out of order'}`);
  }

  async close(): Promise<void> {
    this.end(new Error(`${this.name}: closed`));
    await this.worker.terminate();
  }

  private next(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.ended) reject(this.ended);
      else this.waiting.push({ resolve, reject });
    });
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const waiting of this.waiting.splice(0)) waiting.reject(this.ended);
  }
}

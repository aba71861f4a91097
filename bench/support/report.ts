import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What a peer took, what we took, and how many times faster we must be. */
export interface Comparison {
  what: string;
  peer: string;
  peerMs: number;
  ownMs: number;
  target: number;
}

export function printMachine(): void {
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  console.log(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, ${memory} GiB, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}`,
  );
}

/** One line a comparison; `ratio` is peer / Spindle. */
export function printComparisons(title: string, comparisons: readonly Comparison[]): void {
  console.log(`\n${title}`);
  console.log(
    `${'what'.padEnd(44)}${'peer'.padEnd(34)}${'peer ms'.padStart(10)}${'ours ms'.padStart(10)}  ratio  target`,
  );
  for (const { what, peer, peerMs, ownMs, target } of comparisons) {
    const ratio = peerMs / ownMs;
    const verdict = ratio >= target ? 'met' : 'NOT MET';
    console.log(
      `${what.padEnd(44)}${peer.padEnd(34)}${peerMs.toFixed(0).padStart(10)}${ownMs.toFixed(0).padStart(10)}  ${ratio.toFixed(2).padStart(5)}  ≥ ${target} ${verdict}`,
    );
  }
}

/** The shortest of several runs in milliseconds: what the work takes when nobody disturbs it. */
export function shortestMs(runs: number, work: () => unknown): number {
  let shortest = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    work();
    shortest = Math.min(shortest, performance.now() - start);
  }
  return shortest;
}

/** The same of work that ends later. */
export async function shortestAsyncMs(runs: number, work: () => Promise<unknown>): Promise<number> {
  let shortest = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    shortest = Math.min(shortest, performance.now() - start);
  }
  return shortest;
}

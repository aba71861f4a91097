/** Voxels are looked at by so many at once. */
const BLOCK = 32;
const PAIRS = BLOCK / 2;

/**
 * Where masks of one length are not background, so that loops can pass over the rest, which is most of a volume: starts and ends
 * (exclusive) of runs of voxels, in turn, ascending. A run may begin and end with up to 31 voxels that are 0 in all of them.
 */
export function occupiedRuns(...masks: Int16Array[]): number[] {
  const runs = runsIn(masks[0]!);
  return masks.length === 1 ? runs : masks.slice(1).reduce((all, mask) => joined(all, runsIn(mask)), runs);
}

function runsIn(voxels: Int16Array): number[] {
  const { length } = voxels;
  const blocks = Math.floor(length / BLOCK);
  const pairs = pairsOf(voxels);
  const runs: number[] = [];
  let start = -1;
  for (let block = 0, at = 0; block < blocks; block++, at += PAIRS) {
    // Written out, so that a block is sixteen loads and one branch.
    const any =
      pairs[at]! |
      pairs[at + 1]! |
      pairs[at + 2]! |
      pairs[at + 3]! |
      pairs[at + 4]! |
      pairs[at + 5]! |
      pairs[at + 6]! |
      pairs[at + 7]! |
      pairs[at + 8]! |
      pairs[at + 9]! |
      pairs[at + 10]! |
      pairs[at + 11]! |
      pairs[at + 12]! |
      pairs[at + 13]! |
      pairs[at + 14]! |
      pairs[at + 15]!;
    if (any !== 0) {
      if (start === -1) start = block * BLOCK;
    } else if (start !== -1) {
      runs.push(start, block * BLOCK);
      start = -1;
    }
  }
  // What is left is less than a block, and looked at by whoever asks.
  if (start === -1 && blocks * BLOCK < length) start = blocks * BLOCK;
  if (start !== -1) runs.push(start, length);
  return runs;
}

/** Two voxels at a time. Lies over them where it can and is a copy otherwise. */
function pairsOf(voxels: Int16Array): Int32Array {
  const own = voxels.byteOffset % Int32Array.BYTES_PER_ELEMENT === 0 ? voxels : voxels.slice();
  return new Int32Array(own.buffer, own.byteOffset, voxels.length >> 1);
}

/** What lies in either of two lists of runs. */
function joined(a: readonly number[], b: readonly number[]): number[] {
  const runs: number[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const first = j >= b.length || (i < a.length && a[i]! <= b[j]!);
    const [start, end] = first ? [a[i]!, a[i + 1]!] : [b[j]!, b[j + 1]!];
    if (first) i += 2;
    else j += 2;
    if (runs.length > 0 && start <= runs.at(-1)!) runs[runs.length - 1] = Math.max(runs.at(-1)!, end);
    else runs.push(start, end);
  }
  return runs;
}

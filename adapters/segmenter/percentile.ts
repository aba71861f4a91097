/**
 * numpy.percentile's default, linear between order statistics, of one value or more without NaN. Puts the values into another order:
 * partitions instead of sorting, in a time in proportion to their number.
 */
export function percentile(values: Float32Array, percent: number): number {
  const rank = (percent / 100) * (values.length - 1);
  const low = Math.floor(rank);
  const below = select(values, low);
  if (low + 1 >= values.length) return below;
  // What follows the selected place is no smaller; the least of it is the next in order.
  let above = values[low + 1]!;
  for (let at = low + 2; at < values.length; at++) if (values[at]! < above) above = values[at]!;
  return below + (above - below) * (rank - low);
}

/** Hoare's selection: the value of a rank (from 0), brought to its place; none before it is greater, none after it smaller. */
function select(values: Float32Array, rank: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = middleOf(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let [left, right] = [low, high];
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left > right) break;
      const value = values[left]!;
      values[left++] = values[right]!;
      values[right--] = value;
    }
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else break;
  }
  return values[rank]!;
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

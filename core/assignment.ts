/**
 * Assigns rows to columns one-to-one so that the sum of the gains is as large as it can be: for each row its column, or null.
 * gains[row][column] ≥ 0; a pair without gain is never made. Rows and columns may differ in number. The Hungarian method with
 * potentials, O(n³); the same gains always give the same assignment.
 */
export function bestAssignment(gains: readonly (readonly number[])[], columns: number): (number | null)[] {
  const rows = gains.length;
  // One-based, as the method is usually written: 0 is "nobody". Square, so that everybody can be left out.
  const n = Math.max(rows, columns);
  const cost = (row: number, column: number): number => -(gains[row - 1]?.[column - 1] ?? 0);
  const rowPotential = new Float64Array(n + 1);
  const columnPotential = new Float64Array(n + 1);
  const rowOf = new Int32Array(n + 1);
  for (let row = 1; row <= n; row++) {
    rowOf[0] = row;
    const slack = new Float64Array(n + 1).fill(Infinity);
    const from = new Int32Array(n + 1);
    const visited = new Uint8Array(n + 1);
    let column = 0;
    do {
      visited[column] = 1;
      const own = rowOf[column]!;
      let least = Infinity;
      let next = 0;
      for (let other = 1; other <= n; other++) {
        if (visited[other]) continue;
        const reduced = cost(own, other) - rowPotential[own]! - columnPotential[other]!;
        if (reduced < slack[other]!) [slack[other], from[other]] = [reduced, column];
        if (slack[other]! < least) [least, next] = [slack[other]!, other];
      }
      for (let other = 0; other <= n; other++) {
        if (visited[other]) {
          rowPotential[rowOf[other]!]! += least;
          columnPotential[other]! -= least;
        } else slack[other]! -= least;
      }
      column = next;
    } while (rowOf[column] !== 0);
    // Along the path that was found everybody moves up by one.
    while (column !== 0) {
      rowOf[column] = rowOf[from[column]!]!;
      column = from[column]!;
    }
  }
  const assigned = new Array<number | null>(rows).fill(null);
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column]!;
    if (row >= 1 && row <= rows && cost(row, column) < 0) assigned[row - 1] = column - 1;
  }
  return assigned;
}

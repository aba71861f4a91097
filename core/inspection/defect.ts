/**
 * Something in a cohort that contradicts something else in it.
 *   error: the row or file can't be taken as it is;
 *   warning: two statements contradict each other, one of them is wrong;
 *   note: unusual; it may be right, and somebody should know.
 */
export interface Defect {
  /** `<rule>/<where>`, the same in every run. */
  id: string;
  rule: string;
  severity: 'error' | 'warning' | 'note';
  /** Series concerned, as the table or the folder names them. */
  series: string[];
  /** The table that the lines are of. */
  table: 'overview' | 'gradings';
  /** Lines of the table concerned, from 1; line 1 holds the column names. */
  lines: number[];
  found: string;
  expected: string;
}

export function defect(
  rule: string,
  severity: Defect['severity'],
  where: { at: string; series?: readonly string[]; table?: Defect['table']; lines?: readonly number[] },
  found: string,
  expected: string,
): Defect {
  return {
    id: `${rule}/${where.at}`,
    rule,
    severity,
    series: [...(where.series ?? [])],
    table: where.table ?? 'overview',
    lines: [...(where.lines ?? [])],
    found,
    expected,
  };
}

import { formatCsv } from '../adapters/csv-table.ts';
import { isDisc, isVertebra } from '../core/labels.ts';
import type { Manifest, ManifestSeries } from '../core/manifest.ts';
import { HOSPITAL_COLUMN, SPIDER_COLUMNS } from '../core/overview.ts';

/**
 * The overview.csv of a version: SPIDER's columns in SPIDER's order and then the hospital, a row per series, CRLF. Structures are
 * counted in the reference; a class that was not annotated has no count. What Spindle does not keep is empty.
 */
export function overviewCsv({ series }: Manifest): string {
  const columns = [...SPIDER_COLUMNS, HOSPITAL_COLUMN];
  return formatCsv(
    columns,
    series.map((entry) => {
      const derived = derivedColumns(entry);
      return columns.map((column) => derived[column] ?? entry.overview?.[column] ?? '');
    }),
  );
}

function derivedColumns({ series, sex, split, hospital, reference }: ManifestSeries): Record<string, string> {
  const { labels, annotatedClasses } = reference;
  const count = (annotated: boolean, is: (label: number) => boolean) =>
    annotated ? String(labels.filter(is).length) : '';
  return {
    new_file_name: series,
    num_vertebrae: count(annotatedClasses.includes('vertebra'), isVertebra),
    num_discs: count(annotatedClasses.includes('disc'), isDisc),
    sex: sex === 'unknown' ? '' : sex,
    subset: split === 'train' ? 'training' : 'validation',
    [HOSPITAL_COLUMN]: hospital,
  };
}

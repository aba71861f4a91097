import { labelName } from '../../core/labels.ts';
import { changedStructures, membershipWords, seriesWords, summaryWords } from '../../core/version-diff-words.ts';
import type { VersionDiff } from '../../core/version-diff.ts';
import { escaped, htmlPage, picture, table } from './markup.ts';
import type { PicturedCase } from './page.ts';

/** What changed from one version to another as one HTML page, with pictures of the given cases. */
export function versionDiffPage(diff: VersionDiff, cases: readonly PicturedCase[]): string {
  const { dataset, before, after } = diff;
  const list = summaryWords(diff).map((words) => `<li>${escaped(words)}</li>`);
  return htmlPage(`What changed in ${dataset}`, [
    `<h1>What changed in ${escaped(dataset)}</h1>`,
    `<p class="soft">From version ${before.slice(0, 12)} to version ${after.slice(0, 12)}.</p>`,
    `<ul>${list.join('')}</ul>`,
    pictures(diff, cases),
    structures(diff),
    membership(diff),
    series(diff),
  ]);
}

function pictures({ changed }: VersionDiff, cases: readonly PicturedCase[]): string {
  const figures = cases.flatMap(({ series: name, png }) => {
    const comparison = changed.find((each) => each.series === name)?.comparison;
    if (!comparison?.comparable) return [];
    const { voxelsChanged, dice } = comparison;
    const caption = `<b>${escaped(name)}</b>, ${voxelsChanged} voxels changed, Dice ${dice.toFixed(3)}`;
    return [picture(png, `Sagittal slice of ${name} where most changed`, caption)];
  });
  if (figures.length === 0) return '';
  return `<h2>Changed most</h2><p class="soft">The sagittal slice in which most voxels changed, front to the left.
<span class="key" style="background:#00c896"></span>before<span class="key" style="background:#ff8c00"></span>after, drawn over it</p>
<div class="cases">${figures.join('\n')}</div>`;
}

function structures(diff: VersionDiff): string {
  const rows = changedStructures(diff).map((each) => {
    const { before, after, voxelsBefore, voxelsAfter, voxelsChanged, dice } = each;
    const counts = [voxelsBefore, voxelsAfter, voxelsChanged].map(String);
    const name = escaped(labelName((after ?? before)!));
    return [escaped(each.series), name, `${before ?? '–'}`, `${after ?? '–'}`, ...counts, dice.toFixed(3)];
  });
  if (rows.length === 0) return '';
  const columns = ['Series', 'Structure', 'Label', 'Now', 'Voxels', 'Now', 'Changed', 'Dice'];
  return `<h2>Changed structures</h2><p class="soft">Dice of a structure with what it was, also where its label changed.</p>
<div class="wide pairs">${table(columns, rows, 2)}</div>`;
}

function membership(diff: VersionDiff): string {
  const rows = membershipWords(diff).map(({ name, what }) => [escaped(name), escaped(what)]);
  return rows.length === 0
    ? ''
    : `<h2>Series and patients</h2><div class="words">${table(['Name', 'What'], rows)}</div>`;
}

function series({ changed }: VersionDiff): string {
  if (changed.length === 0) return '';
  const rows = changed.map((each) => [
    escaped(each.series),
    escaped(each.patient),
    seriesWords(each).map(escaped).join('<br>'),
  ]);
  return `<h2>Every changed series</h2><div class="words">${table(['Series', 'Patient', 'What'], rows)}</div>`;
}

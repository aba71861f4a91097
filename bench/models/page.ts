import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Curve } from './doubt-order.ts';
import type { RealResult } from './real-volumes.ts';

const WIDTH = 560;
const HEIGHT = 360;
const COLOURS = ['#1b6ca8', '#b4451f', '#777777'];

export interface Page {
  title: string;
  notes: string[];
  tables: { caption: string; rows: string[][] }[];
  curves: { name: string; curve: Curve }[];
  real: RealResult[];
}

/** Writes `index.html` into a folder that holds the pictures already; it needs nothing from outside. */
export function writePage(folder: string, page: Page): string {
  const file = join(folder, 'index.html');
  const tables = page.tables.map(({ caption, rows }) => `<h2>${escaped(caption)}</h2>${tableHtml(rows)}`).join('\n');
  const pictures = page.real.map((each) => pictureHtml(folder, each)).join('\n');
  writeFileSync(
    file,
    `<!doctype html><meta charset="utf-8"><title>${escaped(page.title)}</title>
<style>body{font:15px/1.5 system-ui;max-width:70rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}
td,th{padding:.2rem .7rem;border-bottom:1px solid #ccc;text-align:right}td:first-child,th:first-child{text-align:left}
img{max-width:100%}figure{margin:1rem 0}</style>
<h1>${escaped(page.title)}</h1>
${page.notes.map((note) => `<p>${escaped(note)}</p>`).join('\n')}
${tables}
<h2>Reviewing in order of doubt</h2>
${curvesSvg(page.curves)}
<h2>Real volumes</h2>
${pictures || '<p>None were there.</p>'}
`,
  );
  return file;
}

function tableHtml([header, ...rows]: string[][]): string {
  const row = (cells: string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${row(header ?? [], 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>`;
}

/** Share of the errors met (up) over the share of structures reviewed (right). */
function curvesSvg(curves: Page['curves']): string {
  const at = (percent: number, share: number) =>
    `${40 + (percent / 100) * (WIDTH - 60)},${HEIGHT - 30 - share * (HEIGHT - 50)}`;
  const lines = curves.map(({ curve }, i) => {
    const points = curve.map((share, percent) => at(percent, share)).join(' ');
    return `<polyline fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="2" points="${points}"/>`;
  });
  const names = curves.map(
    ({ name }, i) =>
      `<text x="300" y="${HEIGHT - 90 + 18 * i}" fill="${COLOURS[i % COLOURS.length]}">${escaped(name)}</text>`,
  );
  const [x, low] = at(20, 0).split(',');
  const high = at(20, 1).split(',')[1];
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" font-size="13">
<polyline fill="none" stroke="#000" points="${at(0, 1)} ${at(0, 0)} ${at(100, 0)}"/>
<line x1="${x}" x2="${x}" y1="${low}" y2="${high}" stroke="#bbb" stroke-dasharray="4"/>
<text x="40" y="14">errors met, 0 to 100 %</text><text x="${WIDTH - 190}" y="${HEIGHT - 8}">structures reviewed, 0 to 100 %</text>
<text x="${Number(x) + 4}" y="${HEIGHT - 34}" fill="#777">20 %</text>
${lines.join('\n')}\n${names.join('\n')}</svg>`;
}

function pictureHtml(folder: string, { volume, picture, doubt, vertebrae, discs, dice }: RealResult): string {
  const data = readFileSync(join(folder, picture)).toString('base64');
  const scores = Object.entries(dice).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  const words = `${volume}: ${vertebrae} vertebrae, ${discs} discs, doubt ${doubt.toFixed(2)}; Dice by class: ${scores.join(', ')}`;
  return `<figure><img src="data:image/png;base64,${data}" alt=""><figcaption>${escaped(words)}</figcaption></figure>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

import { STYLE } from './style.ts';

/** Text made safe inside HTML and SVG, also in attributes. */
export function escaped(text: string | number): string {
  return String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A table; the cells hold markup already. The first `headings` columns of a row are its headings. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[], headings = 1): string {
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => (at < headings ? `<th scope="row">${cell}</th>` : `<td>${cell}</td>`)).join('');
  const head = columns.map((column) => `<th scope="col">${column}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.map((row) => `<tr>${line(row)}</tr>`).join('\n')}</tbody></table>`;
}

/** A PNG inside the page, with a caption that holds markup already. */
export function picture(png: Uint8Array, alternative: string, caption: string): string {
  const source = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  return `<figure><img alt="${escaped(alternative)}" src="${source}">
<figcaption>${caption}</figcaption></figure>`;
}

/** A whole page that loads nothing and runs no script, which its content security policy also forbids. Empty sections are left out. */
export function htmlPage(title: string, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body>
${sections.filter(Boolean).join('\n')}
</body></html>
`;
}

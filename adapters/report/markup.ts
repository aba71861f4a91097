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

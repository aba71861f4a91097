/** Everything the page looks like; it loads nothing from elsewhere. */
export const STYLE = `
:root { --ink: #1d2733; --soft: #5b6775; --line: #d9dfe6; --ground: #ffffff; --spider: #0072b2; --strict: #d55e00; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 2rem 1.5rem 4rem; color: var(--ink); background: var(--ground);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; border-bottom: 2px solid var(--line); padding-bottom: .25rem; }
p, ul { max-width: 78ch; }
.soft, figcaption { color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.2rem 0; padding: 0; list-style: none; max-width: none; }
.facts li { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; min-width: 9.5rem; }
.facts b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.warning { border-left: 4px solid var(--strict); padding: .4rem 1rem; background: #fdf3ec; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .6rem 0 1rem; }
th, td { padding: .3rem .55rem; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
th[scope=row], thead th:first-child, .pairs thead th:nth-child(2) { text-align: left; font-weight: 600; }
thead th { color: var(--soft); font-weight: 600; }
td small { display: block; color: var(--soft); line-height: 1.1; }
.wide { overflow-x: auto; }
.words td, .words thead th { text-align: left; white-space: normal; }
.spider { color: var(--spider); } .strict { color: var(--strict); }
svg text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--ink); }
svg .axis { stroke: var(--line); } svg .tick { fill: var(--soft); }
.cases { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 1.2rem; }
figure { margin: 0; } figure img { width: 100%; height: 340px; object-fit: contain; background: #000; border-radius: 6px; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .2em 0 .6em; }
dt { font-weight: 600; margin-top: .6rem; } dd { margin: 0; max-width: 78ch; }
@media print { body { max-width: none; padding: 0; } figure, tr { break-inside: avoid; } }
`;

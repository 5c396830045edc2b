/**
 * The style sheet of `report.html`: light and dark, desk, phone and paper. Contrast of text is at least 4.5 : 1 in both
 * (tested by axe in a browser). Charts take their colours from these variables.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --raised: #f5f6f8; --ink: #16181d; --quiet: #545b69; --faint: #9aa1ae; --grid: #e3e6eb;
  --rule: #d3d7de; --link: #0b57c4;
  --yes: #146c2e; --yes-back: #e4f5e8; --no: #b3161b; --no-back: #fdebea; --unknown: #7a4b00; --unknown-back: #fff3d9;
  --fault: #f6c9c4; --recovery: #fdeccb;
  --line-1: #1a5fb4; --line-2: #b3530b; --line-3: #7b2a90; --line-4: #0f6e5c; --line-5: #545b69;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --raised: #1e2127; --ink: #eceef2; --quiet: #a9b0bd; --faint: #6c7482; --grid: #2b2f37;
    --rule: #3a3f49; --link: #86b6ff;
    --yes: #7fd99a; --yes-back: #14301d; --no: #ff9c96; --no-back: #3d1718; --unknown: #f5c56b; --unknown-back: #3a2b0c;
    --fault: #5a2724; --recovery: #46361a;
    --line-1: #7db3ff; --line-2: #f0a35e; --line-3: #d59be8; --line-4: #63cdb7; --line-5: #a9b0bd;
  }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #ffffff; --raised: #ffffff; --ink: #000000; --quiet: #333333; --faint: #888888; --grid: #dddddd;
    --rule: #999999; --link: #000000;
    --yes: #0d4f21; --yes-back: #ffffff; --no: #8f0f13; --no-back: #ffffff; --unknown: #5f3a00; --unknown-back: #ffffff;
    --fault: #f3cfcb; --recovery: #faecd2;
    --line-1: #1a5fb4; --line-2: #b3530b; --line-3: #7b2a90; --line-4: #0f6e5c; --line-5: #545b69;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, 'Segoe UI', Roboto, sans-serif;
  overflow-wrap: anywhere; }
main, .top, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip, .heard { position: absolute; left: -9999px; }
.skip:focus { left: 8px; top: 8px; background: var(--paper); padding: 8px; z-index: 1; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 1.15rem; font-weight: 600; margin: 0; }
h1 .word { display: block; font-size: 3.4rem; font-weight: 800; line-height: 1.05; letter-spacing: -0.02em; }
h2 { font-size: 1.4rem; margin: 2.4em 0 0.6em; padding-top: 0.5em; border-top: 1px solid var(--rule); }
h3 { font-size: 1.12rem; margin: 1.8em 0 0.5em; }
h4 { font-size: 1rem; margin: 1.5em 0 0.4em; }
.top h2 { border: 0; font-size: 1.05rem; margin: 0 0 0.4em; padding: 0; }
.verdict { border-left: 10px solid; padding: 16px 20px; margin: 20px 0 16px; border-radius: 4px; }
.verdict p { margin: 6px 0 0; color: var(--ink); font-size: 0.92rem; }
.yes { color: var(--yes); } .no { color: var(--no); } .unknown { color: var(--unknown); } .quiet { color: var(--quiet); }
.verdict.yes { background: var(--yes-back); } .verdict.no { background: var(--no-back); }
.verdict.unknown { background: var(--unknown-back); }
.verdict h1 > span:last-child { color: var(--ink); }
.first { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 12px 40px; }
.reasons { padding-left: 1.1em; margin: 0; } .reasons li { margin-bottom: 0.55em; }
.reasons strong { display: block; }
.hit { display: grid; grid-template-columns: 1fr auto; gap: 2px 12px; margin: 0; max-width: 360px; }
.hit dt { padding-left: 10px; border-left: 4px solid var(--rule); }
.hit dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; font-weight: 600; }
.hit .bad { border-color: var(--no); color: var(--no); } .hit dd.bad { border: 0; }
.ledger { color: var(--quiet); font-size: 0.9rem; margin: 14px 0 0; }
nav { margin: 18px 0 0; padding: 8px 0; border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule);
  font-size: 0.92rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 2px 18px; list-style: none; margin: 0; padding: 0; }
nav a { display: inline-block; padding: 3px 0; }
.scroll { overflow-x: auto; margin: 0.6em 0 1em; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; overflow-wrap: normal; }
caption { text-align: left; font-weight: 600; padding: 4px 0; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--rule); }
thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.name { white-space: nowrap; }
td.long { overflow-wrap: anywhere; min-width: 12em; }
td.sign { min-width: 130px; height: 44px; }
pre { background: var(--raised); border: 1px solid var(--rule); border-radius: 4px; padding: 10px 12px; overflow-x: auto;
  margin: 0.5em 0; font: 0.82rem/1.5 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre-wrap;
  overflow-wrap: anywhere; }
code { font: 0.92em ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
.witness { border-left: 4px solid var(--rule); padding-left: 14px; margin: 1em 0; }
.witness.no { border-color: var(--no); color: inherit; } .witness.unknown { border-color: var(--unknown); color: inherit; }
.witness p { margin: 0.3em 0; }
.decisions { list-style: none; padding: 0; } .decisions li { padding: 3px 0; }
.mark { display: inline-block; min-width: 1.5em; font-weight: 800; }
figure { margin: 1.2em 0; break-inside: avoid; } figcaption { font-size: 0.9rem; }
figcaption .about { color: var(--quiet); }
svg { display: block; width: 100%; height: auto; font-family: inherit; }
svg.narrow { display: none; }
.keys { display: flex; flex-wrap: wrap; gap: 0 18px; list-style: none; padding: 0; margin: 4px 0; }
.keys svg { display: inline-block; width: 34px; height: 10px; vertical-align: middle; margin-right: 5px; }
.bands { margin: 0.4em 0; padding: 0; list-style: none; font-size: 0.9rem; }
.swatch { display: inline-block; width: 1.4em; height: 0.95em; vertical-align: -0.1em; margin-right: 6px; border: 1px solid var(--rule); }
.swatch.fault { background: var(--fault); } .swatch.recovery { background: var(--recovery); }
.spreads { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 0 28px; }
.spreads figure { margin: 0.8em 0; }
details { font-size: 0.9rem; margin: 0.3em 0; } summary { cursor: pointer; color: var(--link); padding: 3px 0; }
footer { color: var(--quiet); font-size: 0.85rem; padding-top: 2em; padding-bottom: 3em; }
@media (max-width: 640px) {
  body { font-size: 15px; }
  main, .top, footer { padding: 0 14px; }
  h1 .word { font-size: min(2.6rem, 9vw); }
  .first { grid-template-columns: minmax(0, 1fr); gap: 20px; }
  svg.wide { display: none; } svg.narrow { display: block; }
  .stack, .stack tbody, .stack tr, .stack td, .stack tbody th { display: block; width: auto; }
  .stack thead { position: absolute; left: -9999px; }
  .stack tr { border-bottom: 1px solid var(--rule); padding: 8px 0; }
  .stack td, .stack tbody th { border: 0; padding: 1px 0; text-align: left; white-space: normal; }
  .stack tbody th { font-weight: 600; }
  .stack td::before { content: attr(data-label) ': '; color: var(--quiet); }
  .stack td:empty { display: none; }
}
@media print {
  body { font-size: 10pt; } main, .top, footer { max-width: none; padding: 0; }
  nav, .skip, figure details { display: none; }
  .verdict { border: 2px solid; border-left-width: 10px; }
  h2, h3, h4 { break-after: avoid; } tr, .witness, li { break-inside: avoid; }
  .scroll { overflow: visible; } table { font-size: 8.5pt; } pre { font-size: 7.5pt; }
  .swatch, .verdict, figure { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`

"""Style sheet of an output alone as HTML: as the pages look, on a screen of any width and on paper."""

from __future__ import annotations

from typing import Final

__all__ = ["STYLE"]

STYLE: Final = """\
:root { color-scheme: light; --rule: #000; --hair: #8c8c8c; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.25rem; max-width: 78rem; color: #000; background: #fff; line-height: 1.25;
  font: 0.9375rem/1.25 "Times New Roman", "Liberation Serif", "Nimbus Roman", Times, "Noto Serif CJK SC",
    "Source Han Serif SC", "Songti SC", SimSun, serif;
  font-variant-numeric: tabular-nums lining-nums; font-variant-ligatures: none; overflow-wrap: break-word; }
p, h1 { margin: 0; }
.band, .foot { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.25rem 2rem; }
.band > :last-child, .foot > :last-child { text-align: right; }
.band .section { font-style: italic; }
.titles { margin: 1.1rem 0 0.9rem; text-align: center; }
h1 { font-size: 1.2rem; line-height: 1.3; }
h1 span { display: block; }
.population { font-size: 1.05rem; }
.wide { overflow-x: auto; }
.long { max-height: 88vh; overflow: auto; }
.wide:focus-visible { outline: 3px solid #0b3d91; outline-offset: 2px; }
table { width: 100%; border-collapse: separate; border-spacing: 0; border-bottom: 1.5px solid var(--rule); }
caption, .hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
th, td { max-width: 34rem; padding: 0.2em 0.35em; text-align: left; vertical-align: top; font-weight: normal;
  white-space: pre-wrap; }
thead { background: #fff; }
.long thead { position: sticky; top: 0; }
thead th, thead td { vertical-align: bottom; }
thead tr:first-child > * { border-top: 1.5px solid var(--rule); padding-top: 0.35em; }
thead tr > .last { border-bottom: 1px solid var(--rule); padding-bottom: 0.35em; }
.spanner::after { content: ""; display: block; margin-top: 0.25em; border-bottom: 1px solid var(--rule); }
.l { text-align: left; }
.c { text-align: center; }
.r { text-align: right; }
tbody th { padding-left: calc(1.15em + var(--indent, 0) * 1.1em); text-indent: -0.8em; }
tbody th[scope="rowgroup"], .group { font-weight: bold; padding-top: 0.45em; }
.section > td { padding-top: 0.45em; }
.ruled > * { border-top: 1px solid var(--hair); }
.nothing { padding: 1.2em; text-align: center; }
.n { display: inline-block; text-align: left; white-space: pre; }
figure { margin: 0; }
figure svg { display: block; width: 100%; height: auto; margin-bottom: 0.6rem; }
figcaption { margin: 0.6rem 0; }
.notes { margin-top: 0.7rem; padding-top: 0.4rem; border-top: 1px solid var(--rule); }
.notes p { padding-left: 0.8em; text-indent: -0.8em; white-space: pre-wrap; }
.foot { margin-top: 0.9rem; }
.foot ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5em; margin: 0; padding: 0; list-style: none; }
@page { size: A4 landscape; margin: 19.5mm 20mm 12mm; }
@media print {
  body { padding: 0; max-width: none; font-size: 9pt; }
  .wide, .long { max-height: none; overflow: visible; }
  .long thead { position: static; }
  th, td { padding: 2.2pt 3pt; overflow-wrap: anywhere; }
  tr, figure svg, .notes p { break-inside: avoid; }
  tbody th[scope="rowgroup"], .notes { break-after: avoid; }
}
"""

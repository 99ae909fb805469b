/** The style of the page: its digest stands in the page's own content policy, so nothing else can style or run. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--bg:#fbfaf8;--card:#fff;--ink:#1d1c1a;--soft:#6b6760;--line:#e4e0d8;--good:#1f7a4d;--goodbg:#e3f3ea;--bad:#b3362b;--badbg:#fbe7e4;--open:#8a6100;--openbg:#fbf0d5;--agent:#5b5bd6;--checks:#2c8c99;--ours:#a39c8f;--person:#c4731a;--queue:#d5cfc3}
@media (prefers-color-scheme:dark){:root{--bg:#161513;--card:#1f1e1b;--ink:#ece8e1;--soft:#a29c91;--line:#35322d;--good:#5cc492;--goodbg:#173226;--bad:#f0857a;--badbg:#3b1d1a;--open:#e6b95c;--openbg:#372b12;--agent:#9d9cf5;--checks:#5fc0cc;--ours:#7d776c;--person:#e59a4c;--queue:#4a463f}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem}
header{margin-bottom:1.25rem}
h1{font-size:1.45rem;line-height:1.25;margin:.5rem 0 .35rem;overflow-wrap:anywhere}
h2{font-size:1rem;margin:0 0 .75rem}
p{margin:.35rem 0;overflow-wrap:anywhere}
a{color:inherit;text-decoration-color:var(--soft);text-underline-offset:.15em}
code{font:0.88em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.soft{color:var(--soft)}
.badge{display:inline-block;padding:.15rem .6rem;border-radius:1rem;font-weight:600;font-size:.85rem}
.good{color:var(--good)}.bad{color:var(--bad)}.open{color:var(--open)}
.badge.good{background:var(--goodbg)}.badge.bad{background:var(--badbg)}.badge.open{background:var(--openbg)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.6rem,1fr));gap:.6rem;margin:0 0 1rem}
.tile,section{background:var(--card);border:1px solid var(--line);border-radius:.6rem}
.tile{padding:.55rem .6rem}
.tile b{display:block;font-size:1rem;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:.82rem}
section{padding:1rem;margin-bottom:1rem}
.note{border-left:3px solid var(--open);padding-left:.75rem;margin:.75rem 0}
.axis i{font-style:normal}
.lane{display:grid;grid-template-columns:9.5rem 1fr 5.5rem;gap:.6rem;align-items:center;margin:.3rem 0;font-size:.88rem}
.lane .num{text-align:right;font-variant-numeric:tabular-nums;color:var(--soft)}
.axis{color:var(--soft);font-size:.78rem}
.axis div{display:flex;justify-content:space-between}
svg{display:block;width:100%;height:1.25rem;border-radius:.25rem;background:color-mix(in srgb,var(--line) 45%,transparent)}
.f-agent{fill:var(--agent)}.f-checks{fill:var(--checks)}.f-ours{fill:var(--ours)}.f-person{fill:var(--person)}.f-queue{fill:var(--queue)}.f-bad{fill:var(--bad)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem}
th{text-align:left;font-weight:600;color:var(--soft);white-space:nowrap}
th,td{padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
td.num,th.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.cell{display:inline-block;padding:.05rem .5rem;border-radius:.3rem;white-space:nowrap}
.cell.good{background:var(--goodbg)}.cell.bad{background:var(--badbg)}
details summary{cursor:pointer;font-weight:600}
ol{margin:.75rem 0 0;padding:0;list-style:none;font-size:.85rem}
ol li{display:grid;grid-template-columns:4.5rem 1fr;gap:.6rem;padding:.15rem 0;overflow-wrap:anywhere}
time{color:var(--soft);font-variant-numeric:tabular-nums;text-align:right}
footer{color:var(--soft);font-size:.8rem;overflow-wrap:anywhere}
@media (max-width:34rem){.lane{grid-template-columns:1fr auto;gap:.1rem .6rem;margin:.6rem 0}.lane svg,.axis div{grid-column:1/-1;grid-row:2}.axis span{display:none}}
@media print{body{background:#fff}section,.tile{break-inside:avoid}}
`;

/** The style of every page of the platform: light and dark, wide and narrow. */
export const platformStyle = `
:root {
  color-scheme: light dark;
  --text: #24292b; --fine: #555e60; --page: #fbf8f3; --card: #fff; --line: #ddd6c9; --control: #7d7668;
  --accent: #8a3d0c; --on-accent: #fff; --bar: #4a2a17; --on-bar: #fff6ec; --soft: #f3ece1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #ece6dd; --fine: #b5aea3; --page: #191613; --card: #221e1a; --line: #40382f; --control: #8d8476;
    --accent: #ffb27a; --on-accent: #2b1404; --bar: #2d2018; --on-bar: #ffeedd; --soft: #2d2721;
  }
}
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
header { background: var(--bar); color: var(--on-bar); }
header > div { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; padding: .6rem 1rem; max-width: 70rem; margin: 0 auto; }
header strong { margin-right: auto; }
header nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
header a { color: inherit; text-decoration: none; }
header a:hover, header a[aria-current] { text-decoration: underline; text-underline-offset: .3em; }
main { max-width: 70rem; margin: 0 auto; padding: 1rem 1rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
header :focus-visible { outline-color: currentColor; }
.fine { color: var(--fine); }
ul.plain { list-style: none; margin: 0; padding: 0; }
ul.plain > li { padding: .6rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.cards { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); padding: 0; list-style: none; }
.cards > li, .card { background: var(--card); border: 1px solid var(--line); border-radius: .4rem; padding: .8rem 1rem; overflow-wrap: anywhere; }
.cards a { font-weight: 600; }
.cards p, .card > p { margin: 0; }
.card { margin: .75rem 0; }
.row { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: .5rem 0; }
label { display: inline-grid; grid-template-columns: minmax(0, auto); gap: .15rem; max-width: 100%; min-width: 0; }
label.wide { display: grid; gap: .25rem; }
input, select, button { font: inherit; color: inherit; max-width: 100%; }
input, select { background: var(--card); border: 1px solid var(--control); border-radius: .3rem; padding: .3rem .5rem; min-height: 2.3rem; }
button { background: var(--card); border: 1px solid var(--control); border-radius: .3rem; padding: .3rem .9rem; min-height: 2.3rem; cursor: pointer; }
button:hover { background: var(--soft); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.main:hover { filter: brightness(1.1); }
[role=status] { background: var(--soft); border-left: .3rem solid var(--accent); padding: .6rem .8rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: 0 0 .5rem; overflow-wrap: anywhere; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; vertical-align: top; }
.scroll { overflow-x: auto; margin: 0 0 1rem; }
.scroll th { white-space: nowrap; }
.scroll th, .scroll td { overflow-wrap: normal; }
.grid table { width: auto; min-width: 100%; background: var(--card); border: 1px solid var(--line); margin: 0; }
.grid caption { position: sticky; left: 0; }
.grid th, .grid td { padding: .4rem .75rem; overflow-wrap: normal; }
.grid thead th { vertical-align: bottom; white-space: normal; min-width: 7rem; max-width: 12rem; overflow-wrap: anywhere; }
.grid th:first-child { position: sticky; left: 0; background: var(--card); border-right: 1px solid var(--line); min-width: 9rem; max-width: 14rem; white-space: normal; }
.grid thead th + th { text-align: right; }
.grid td { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
iframe { width: 100%; height: 70vh; border: 1px solid var(--line); border-radius: .4rem; background: #fff; }
iframe[hidden] { display: none; }
`;

/** System colours follow the browser's light or dark mode. The page fits a frame in a course. */
export const pageStyle = `
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: CanvasText; background: Canvas; }
main { max-width: 40rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 .5rem; }
h2 { font-size: 1rem; margin: 0; }
p { margin: 0 0 1rem; }
button { font: inherit; padding: .5rem 1rem; }
dl { margin: 0; }
dt { font-weight: 600; }
dd { margin: 0 0 .75rem; }
ul { margin: 0; padding-left: 1.25rem; }
code, small { font-size: .875rem; }
[hidden] { display: none; }
`;

/** Comes after `pageStyle`: shows and hides elements in browsers without scripts. */
export const noScriptStyle =
  '[data-with-script] { display: none; } [data-without-script] { display: block; }';

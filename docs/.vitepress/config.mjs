import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

const docs = join(dirname(fileURLToPath(import.meta.url)), '..');
const sidebar = JSON.parse(readFileSync(join(docs, '.vitepress/sidebar.json'), 'utf8'));

/** The anchors of GitHub, so that a link to a heading works there and on the site. */
const slugify = (title) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

export default defineConfig({
  title: 'nest-lti',
  description: 'LTI Advantage for NestJS',
  lang: 'en',
  // A site may be served from a folder, such as https://example.org/nest-lti/.
  base: process.env.DOCS_BASE ?? '/',
  cleanUrls: true,
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${process.env.DOCS_BASE ?? '/'}favicon.svg` }],
  ],
  // docs/api has the reports of the public API, which reviewers read in the repository.
  srcExclude: ['api/**'],
  rewrites: { 'monitoring/README.md': 'monitoring/index.md' },
  markdown: { anchor: { slugify } },
  themeConfig: {
    nav: [
      { text: 'Getting started', link: '/getting-started' },
      { text: 'Platforms', link: '/platforms' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
      {
        text: 'Reference',
        items: [
          { text: 'Configuration', link: '/reference/configuration' },
          { text: 'REST API', link: '/reference/rest' },
          // TypeDoc's own pages, which this site does not know as its own.
          { text: 'Types', link: '/api/', target: '_self' },
        ],
      },
    ],
    sidebar,
    outline: [2, 3],
    // MiniSearch, in the browser: the index is a file of the site.
    search: { provider: 'local', options: { detailedView: true } },
  },
  buildEnd({ outDir }) {
    mkdirSync(join(outDir, 'monitoring'), { recursive: true });
    for (const name of readdirSync(join(docs, 'monitoring')).filter((file) => !file.endsWith('.md')))
      copyFileSync(join(docs, 'monitoring', name), join(outDir, 'monitoring', name));
    writeFileSync(join(outDir, 'llms.txt'), llms());
  },
});

/** The pages for language models: https://llmstxt.org. */
function llms() {
  const groups = sidebar.map(({ text, items }) => {
    const lines = items.map((item) => `- [${item.text}](${item.link}): ${subjectOf(item.link)}`);
    return `## ${text}\n\n${lines.join('\n')}\n`;
  });
  return ['# nest-lti', '', '> LTI Advantage for NestJS.', '', ...groups].join('\n');
}

/** The first paragraph of a page. */
function subjectOf(link) {
  const path = link.endsWith('/') ? `${link}README` : link;
  const text = readFileSync(join(docs, `${path}.md`), 'utf8').replace(/^---\n[\s\S]*?\n---\n/, '');
  const paragraph = text.split(/\n{2,}/).find((part) => part !== '' && !part.startsWith('#')) ?? '';
  return paragraph.replaceAll('\n', ' ');
}

// Draws twenty comments of src and ten paragraphs of the docs at random, so that their language can be judged.
//   node scripts/draw-prose.mjs [SEED]
// The same seed draws the same texts.
import { readdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');
const seed = process.argv[2] ?? '1';
const COMMENTS = 20;
const PARAGRAPHS = 10;

const under = (folder, ending) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();

function commentsOf(file) {
  const text = readFileSync(join(root, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = new Map();
  const visit = (node) => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ];
    let next;
    for (const { pos, end } of ranges) {
      // Lines of `//` below each other are one comment.
      const before = next?.end !== undefined && /^\n *$/.test(text.slice(next.end, pos)) ? next : undefined;
      next = { end, start: before?.start ?? pos };
      if (text.startsWith('//', pos) && before !== undefined) {
        found.get(before.start).text += `\n ${text.slice(pos, end)}`;
        continue;
      }
      next.start = pos;
      const line = source.getLineAndCharacterOfPosition(pos).line + 1;
      found.set(pos, { place: `${file}:${line}`, text: text.slice(pos, end).replace(/\n\s+/g, '\n ') });
    }
    node.getChildren(source).forEach(visit);
  };
  visit(source);
  return [...found.values()];
}

function paragraphsOf(file) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const paragraphs = [];
  let code = false;
  let open;
  lines.forEach((line, index) => {
    if (line.startsWith('```')) code = !code;
    const prose = !code && !/^(```|#|\||<|\s*$)/.test(line);
    if (!prose) open = undefined;
    else if (open === undefined || /^([-*]|\d+\.) /.test(line)) {
      open = { place: `${file}:${index + 1}`, text: line };
      paragraphs.push(open);
    } else open.text += `\n${line}`;
  });
  return paragraphs;
}

/** The order of hashes is as good as a shuffle, and one changed text does not move all others. */
function draw(texts, count) {
  const rank = ({ place }) => createHash('sha256').update(`${seed} ${place}`).digest('hex');
  return texts
    .map((text) => ({ ...text, rank: rank(text) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count);
}

const comments = under('src', '.ts').flatMap(commentsOf);
const paragraphs = ['README.md', ...under('docs', '.md')].flatMap(paragraphsOf);
for (const { place, text } of [...draw(comments, COMMENTS), ...draw(paragraphs, PARAGRAPHS)])
  process.stdout.write(`${place}\n${text.replace(/^/gm, '  ')}\n\n`);
process.stdout.write(`seed ${seed}: of ${comments.length} comments and ${paragraphs.length} paragraphs\n`);

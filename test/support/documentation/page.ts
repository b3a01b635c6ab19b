import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../../..');

/** A fenced code block of a page. */
export interface CodeBlock {
  page: string;
  /** The number of its first line of code, from 1. */
  line: number;
  language: string;
  code: string;
  /** The comment `<!-- name: text -->` right above it. */
  marker?: { name: string; text: string };
}

/** A page that users read: README.md or docs/*.md. */
export class Page {
  private constructor(
    /** Relative to the root. */
    readonly path: string,
    private readonly text: string,
  ) {}

  static all(): Page[] {
    const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
    return ['README.md', ...docs.map((name) => `docs/${name}`)].map(
      (path) => new Page(path, readFileSync(join(ROOT, path), 'utf8')),
    );
  }

  get blocks(): CodeBlock[] {
    const lines = this.text.split('\n');
    const blocks: CodeBlock[] = [];
    for (let at = 0; at < lines.length; at += 1) {
      const [, indent = '', language = ''] = /^( *)```(.*)$/.exec(lines[at]!) ?? [];
      if (!/^ *```/.test(lines[at]!)) continue;
      const end = lines.findIndex((line, index) => index > at && line === `${indent}\`\`\``);
      if (end < 0) throw new Error(`${this.path}:${at + 1}: this block does not end.`);
      const [, name, text] = /^ *<!-- ([\w ]+): (.+) -->$/.exec(above(lines, at)) ?? [];
      blocks.push({
        page: this.path,
        line: at + 2,
        language,
        code: lines
          .slice(at + 1, end)
          .map((line) => line.slice(indent.length))
          .join('\n'),
        ...(name !== undefined && text !== undefined && { marker: { name, text } }),
      });
      at = end;
    }
    return blocks;
  }

  /** The rows of its tables, cell by cell. */
  get rows(): string[][] {
    return [...this.text.matchAll(/^\| (.+) \|$/gm)].map(([, cells = '']) =>
      cells.split(' | ').map((cell) => cell.trim()),
    );
  }

  /** The texts of its HTML comments. */
  get comments(): string[] {
    const prose = this.text.replace(/^ *```[\s\S]*?^ *```$/gm, '');
    return [...prose.matchAll(/<!--\s*([\s\S]*?)\s*-->/g)].map(([, text = '']) => text);
  }

  /** The targets of its links into the repository: a path from the root, and the anchor. */
  get links(): { path: string; anchor: string | undefined }[] {
    const prose = this.text.replace(/^ *```[\s\S]*?^ *```$/gm, '');
    return [...prose.matchAll(/\]\((?!\w+:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, path = '', anchor]) => ({
      path: path === '' ? this.path : relative(ROOT, resolve(ROOT, dirname(this.path), path)),
      anchor,
    }));
  }

  /** The anchors of its headings, as GitHub makes them. */
  get anchors(): string[] {
    return [...this.text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
  }
}

function above(lines: readonly string[], at: number): string {
  const line = lines[at - 1] ?? '';
  return line === '' ? (lines[at - 2] ?? '') : line;
}

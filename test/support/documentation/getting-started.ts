import { type CodeBlock, Page } from './page.js';

const PATH = 'docs/getting-started.md';

/** A version of Nest or an adapter by which the steps differ, as the table of the page has it. */
export type Variant = 'Nest 11' | 'Fastify';

/** The steps of docs/getting-started.md, as a reader follows them. */
export class GettingStarted {
  private constructor(
    private readonly page: Page,
    private readonly blocks: readonly CodeBlock[],
  ) {}

  static read(): GettingStarted {
    const page = Page.all().find(({ path }) => path === PATH)!;
    return new GettingStarted(page, page.blocks);
  }

  /** What the page says that the reader sees. */
  get shown(): string {
    return this.blocks.find(({ language }) => language === 'text')?.code ?? '';
  }

  /**
   * A script with every block, in order.
   *
   * @param install gets the commands that install packages, and returns what runs in their place
   */
  script(install: (commands: string) => string, variants: readonly Variant[] = []): string {
    const steps = this.blocks.map((block) => {
      const code = this.vary(block.code, variants);
      const [, file] = /^\/\/ (src\/\S+)\n/.exec(code) ?? [];
      if (file !== undefined) return `mkdir -p src && cat > ${file} <<'END OF FILE'\n${code}\nEND OF FILE`;
      if (code.startsWith('npm install ')) return install(code);
      // `nest add` is for those who have an application.
      return block.language === 'sh' && block.marker === undefined ? code : '';
    });
    return ['set -e', ...steps].join('\n');
  }

  private vary(code: string, variants: readonly Variant[]): string {
    const changes = this.page.rows
      .filter(([on]) => variants.some((variant) => variant === on))
      .map(([, from = '', to = '']) => [from, to].map((cell) => cell.replace(/^`|`$/g, '')));
    return changes.reduce((varied, [from = '', to = '']) => varied.replaceAll(from, to), code);
  }
}

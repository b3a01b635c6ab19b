import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CodeBlock } from './page.js';

interface ExpectedAnswer {
  status: number;
  body: object | undefined;
}

/** One answer that a block's `curl` got. */
interface Answer {
  status: number;
  body: string;
}

/** Stores each answer of curl in a file, and prints it. */
const prelude = `set -e
calls=0
curl() {
  calls=$((calls + 1))
  command curl --silent --show-error --max-time 30 --output "$ANSWERS/$calls.body" \\
    --write-out '%{http_code}' "$@" > "$ANSWERS/$calls.status"
  cat "$ANSWERS/$calls.body"
}
`;

/**
 * Runs shell blocks in order, as a reader pastes them into one terminal. Only values change, by one rule: each example value
 * in the table is replaced by a real one, and \`NAME=019...\` (an id that the reader copies from the answer before) by that id.
 */
export class ShellWalk {
  private readonly assigned: string[] = [];
  private lastBody = '';

  constructor(
    /** The real values, by the example values of the page. */
    private readonly values: ReadonlyMap<string, string>,
    private readonly directory = tmpdir(),
  ) {}

  /** Runs a block. Checks each answer against the comment behind its call, such as `# 202 {"accepted": 1, ...}`. */
  async run({ page, line, code }: CodeBlock): Promise<void> {
    const replaced = this.replace(code);
    const answers = await this.execute(replaced);
    const where = `${page}:${line}`;
    const expected = expectedAnswers(code);
    answers.forEach(({ status, body }, index) => {
      const { status: wanted, body: pattern } = expected.get(index) ?? {};
      const answer = { where, call: index + 1, status, body };
      if (wanted === undefined) {
        if (status >= 300) throw new Error(`A call failed: ${JSON.stringify(answer)}`);
      } else expect(answer).toMatchObject({ status: wanted });
      if (pattern !== undefined) expect(JSON.parse(body)).toMatchObject(pattern);
      this.lastBody = body;
    });
    expect({ where, calls: answers.length }).toEqual({ where, calls: countCalls(code) });
    this.assigned.push(...(replaced.match(/^[A-Z]+=\S+/gm) ?? []));
  }

  private replace(code: string): string {
    let replaced = code;
    for (const [example, real] of this.values) replaced = replaced.replaceAll(example, real);
    return replaced.replace(/^([A-Z]+)=019\.\.\./gm, (_, name: string) => {
      const { id } = JSON.parse(this.lastBody) as { id: string };
      return `${name}=${id}`;
    });
  }

  private async execute(code: string): Promise<Answer[]> {
    const directory = await mkdtemp(join(tmpdir(), 'nest-lti-walk-'));
    try {
      await bash([prelude, ...this.assigned, code].join('\n'), this.directory, directory);
      const answers: Answer[] = [];
      for (let call = 1; call <= countCalls(code); call += 1) {
        answers.push({
          status: Number(await readFile(join(directory, `${call}.status`), 'utf8')),
          body: await readFile(join(directory, `${call}.body`), 'utf8'),
        });
      }
      return answers;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

function bash(script: string, cwd: string, answers: string): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((done, fail) => {
    execFile('bash', ['-c', script], { cwd, env: { PATH, HOME, ANSWERS: answers } }, (error, _, stderr) => {
      if (error === null) done();
      else fail(new Error(`A shell block failed: ${stderr}\n${script}`));
    });
  });
}

function countCalls(code: string): number {
  return code.match(/^curl /gm)?.length ?? 0;
}

/** By the number of the call, from 0. `...` stands for any text and for omitted fields, `019...` for an id. */
function expectedAnswers(code: string): Map<number, ExpectedAnswer> {
  const expected = new Map<number, ExpectedAnswer>();
  let call = -1;
  for (const line of code.split('\n')) {
    if (line.startsWith('curl ')) call += 1;
    const [, status, body] = /# (\d{3})(?:[ :]+(\{.*\}))?/.exec(line) ?? [];
    if (status !== undefined)
      expected.set(call, { status: Number(status), body: body === undefined ? undefined : loosely(body) });
  }
  return expected;
}

function loosely(example: string): object {
  const json = example.replace(/,?\s*\.\.\.(?=\s*[\]}])/g, '');
  return JSON.parse(json, (_, value: unknown) => {
    if (value === '019...') return expect.stringMatching(/^[0-9a-f]{8}(?:-[0-9a-f]{4,12}){4}$/);
    if (typeof value !== 'string' || !value.endsWith('...')) return value;
    const start = value.slice(0, -3).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return expect.stringMatching(new RegExp(`^${start}`));
  }) as object;
}

import { VERSION } from '../common/version.js';
import { type DoctorFinding } from './doctor-finding.js';

const WIDTH = 110;
const INDENT = 26;
const MARKS = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' } as const;

/** One page for the operator: a finding in each paragraph, with the code of what has failed. */
export function doctorPage(findings: readonly DoctorFinding[]): string {
  const count = findings.filter(({ outcome }) => outcome === 'failed').length;
  const verdict =
    count === 0 ? 'Nothing has failed.' : `${count} failed. Correct them from the top, and run this again.`;
  return [
    `nest-lti ${VERSION}, Node.js ${process.versions.node}`,
    '',
    ...findings.map(paragraphOf),
    '',
    verdict,
  ].join('\n');
}

function paragraphOf({ check, outcome, code, message, actor, registration, step }: DoctorFinding): string {
  const subject = registration === undefined ? '' : `"${registration.name}" (${registration.id}): `;
  const where = step === undefined ? '' : `${step}, `;
  const who = actor === 'platform_administrator' ? ' (For the administrator of the platform.)' : '';
  const text = outcome === 'failed' ? `${subject}${where}${code}: ${message}${who}` : `${subject}${message}`;
  const head = `${MARKS[outcome].padEnd(8)} ${check.padEnd(INDENT - 10)} `;
  return `${head}${wrapped(text).join(`\n${' '.repeat(INDENT)}`)}`;
}

/** In lines of words. A word that is longer than a line, such as a URL, stays whole. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.replace(/[^\S ]+/g, ' ').split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH - INDENT)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

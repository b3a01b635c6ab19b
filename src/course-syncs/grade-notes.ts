import { type LtiError } from '../common/lti-error.js';
import { type UnreadableEntry } from '../lti-services/grades/grade-calls.js';
import { type SyncEnd } from './sync-run.repository.js';

/** Collects the parts of the grades that a completed run could not read. */
export class GradeNotes {
  private readonly notes: { code: string; message: string }[] = [];
  private readonly unread: LtiError[] = [];
  private suspiciousLists = 0;
  private readonly unreadEntries = { lineItems: new Unread(), results: new Unread() };

  /** The grades were refused. */
  refused({ code, message }: LtiError): void {
    this.notes.push({ code, message });
  }

  suspiciousLineItems(missing: number, before: number): void {
    this.notes.push({
      code: 'line_items_suspicious',
      message:
        `The platform left out ${missing} of ${before} line items. They were kept, with their results, ` +
        'and will be removed if the next sync finds the same.',
    });
  }

  /** The results of one line item could not be read. */
  unreadResults(error: LtiError): void {
    this.unread.push(error);
  }

  /** Many results of one line item were missing. */
  suspiciousResults(): void {
    this.suspiciousLists += 1;
  }

  /** An entry of a list could not be read. */
  unreadEntry(list: 'lineItems' | 'results', entry: UnreadableEntry): void {
    this.unreadEntries[list].add(entry);
  }

  /** The code of the first fault, and one message for all. */
  end(): Pick<SyncEnd, 'gradesErrorCode' | 'gradesMessage'> {
    const notes = [...this.notes];
    const [first] = this.unread;
    if (first !== undefined) {
      const message = `The results of ${lineItems(this.unread.length)} could not be read and stayed as they were.`;
      notes.push({ code: first.code, message: `${message} ${first.message}` });
    }
    if (this.suspiciousLists > 0) {
      const message =
        `The platform left out many results of ${lineItems(this.suspiciousLists)}. They were kept, ` +
        'and will be removed if the next sync finds the same.';
      notes.push({ code: 'results_suspicious', message });
    }
    for (const [name, list] of [
      ['line item', this.unreadEntries.lineItems],
      ['result', this.unreadEntries.results],
    ] as const) {
      if (list.count > 0) notes.push({ code: 'grades_unreadable', message: list.message(name) });
    }
    const code = notes[0]?.code;
    if (code === undefined) return {};
    return { gradesErrorCode: code, gradesMessage: notes.map(({ message }) => message).join(' ') };
  }
}

/** Entries of lists that could not be read. */
class Unread {
  count = 0;
  private skipped = 0;
  private readonly fields = new Set<string>();

  add({ field, isSkipped }: UnreadableEntry): void {
    this.count += 1;
    if (isSkipped) this.skipped += 1;
    this.fields.add(field === '' ? 'the entry itself' : field);
  }

  message(name: string): string {
    const entries = `${this.count} ${name}${this.count === 1 ? '' : 's'}`;
    const rest = this.skipped === 0 ? '' : `; ${this.skipped} skipped`;
    return `${entries} could not be read (wrong: ${[...this.fields].join(', ')})${rest}.`;
  }
}

function lineItems(count: number): string {
  return count === 1 ? 'one line item' : `${count} line items`;
}

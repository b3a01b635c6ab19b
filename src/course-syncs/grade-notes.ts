import { type LtiError } from '../common/lti-error.js';
import { type SyncEnd } from './sync-run.repository.js';

/** What an operator should know of the grades of a run that ended well. */
export class GradeNotes {
  private readonly notes: { code: string; message: string }[] = [];
  private readonly unread: LtiError[] = [];
  private suspiciousLists = 0;

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

  /** Of one line item many results were missing. */
  suspiciousResults(): void {
    this.suspiciousLists += 1;
  }

  /** The first one's code, and what is to be said of all. */
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
    const code = notes[0]?.code;
    if (code === undefined) return {};
    return { gradesErrorCode: code, gradesMessage: notes.map(({ message }) => message).join(' ') };
  }
}

function lineItems(count: number): string {
  return count === 1 ? 'one line item' : `${count} line items`;
}

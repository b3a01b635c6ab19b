import { WebhookReceiver, type ReceivedEvent } from '../support/webhook-receiver.js';
import { answerCalls } from './answer-calls.js';

// The receiver of webhooks of a chaos run, in a process of its own.

export interface ReceiverReport {
  /** By first arrival. */
  taken: ReceivedEvent[];
  requests: number;
  duplicates: number;
  unsigned: number;
  /** Ids of courses. */
  outOfOrder: string[];
}

const receiver = await WebhookReceiver.start();
let failing = { status: 204, times: 0 };
receiver.answer = () => {
  if (failing.times === 0) return 204;
  failing.times -= 1;
  return failing.status;
};

answerCalls({
  open: () => receiver.url,
  secret: (secret: string) => void (receiver.secret = secret),
  fail: (next: typeof failing) => void (failing = next),
  report: (): ReceiverReport => ({
    taken: receiver.taken,
    requests: receiver.seen.length,
    duplicates: receiver.duplicates.length,
    unsigned: receiver.unsigned.length,
    outOfOrder: receiver.outOfOrder(),
  }),
});

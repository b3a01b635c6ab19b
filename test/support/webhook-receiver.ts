import { createHmac } from 'node:crypto';
import { type ServerResponse } from 'node:http';
import { LoopbackServer, type ReceivedRequest } from './loopback-server.js';

/** A message that the receiver took. */
export interface ReceivedEvent {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

type Answer = (event: ReceivedEvent, nth: number) => number | ((response: ServerResponse) => void);

/**
 * A receiver of webhooks on 127.0.0.1. It checks each signature by itself, takes the first delivery of an event and counts the
 * others, and keeps the order of each course.
 */
export class WebhookReceiver {
  /** First deliveries that were answered with success, in the order of their arrival. */
  readonly taken: ReceivedEvent[] = [];
  /** All requests. */
  readonly seen: ReceivedEvent[] = [];
  /** Ids that came again after they had been taken. */
  readonly duplicates: string[] = [];
  /** Requests whose signature is not that of the secret. */
  readonly unsigned: ReceivedRequest[] = [];
  /** The status of an answer, or a function that answers itself. */
  answer: Answer = () => 204;
  secret = '';
  private readonly ids = new Set<string>();

  private constructor(readonly server: LoopbackServer) {}

  static async start(): Promise<WebhookReceiver> {
    const server = await LoopbackServer.start((response, request) => receiver.receive(response, request));
    const receiver = new WebhookReceiver(server);
    return receiver;
  }

  get url(): string {
    return this.server.url('/hooks');
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** The events that were taken, by course, in order. */
  byCourse(): Map<string, ReceivedEvent[]> {
    const courses = new Map<string, ReceivedEvent[]>();
    for (const event of this.taken) {
      const course = String(event.data.courseId);
      courses.set(course, [...(courses.get(course) ?? []), event]);
    }
    return courses;
  }

  /** Courses of which a run's end arrived before a change of that run, or a later run before an earlier one. */
  outOfOrder(): string[] {
    return [...this.byCourse()].flatMap(([course, events]) => {
      // Ids of runs and of events are UUIDv7: their order is that of time.
      const ends = events
        .filter(({ type }) => type.startsWith('lti.sync.'))
        .map(({ data }) => String(data.syncRunId));
      const ended = new Set<string>();
      const late = events.some(({ type, data }) => {
        const run = String(data.syncRunId);
        if (type.startsWith('lti.sync.')) ended.add(run);
        return !type.startsWith('lti.sync.') && data.syncRunId !== undefined && ended.has(run);
      });
      const isSorted = ends.every((run, index) => index === 0 || run >= (ends[index - 1] ?? ''));
      return late || !isSorted ? [course] : [];
    });
  }

  private receive(response: ServerResponse, request: ReceivedRequest): void {
    const id = String(request.headers['webhook-id']);
    if (!this.isSigned(request, id)) this.unsigned.push(request);
    const { type, data } = JSON.parse(request.body) as Omit<ReceivedEvent, 'id'>;
    const event = { id, type, data };
    this.seen.push(event);
    const answer = this.answer(event, this.seen.length);
    if (typeof answer === 'function') {
      answer(response);
      return;
    }
    if (answer >= 200 && answer <= 299) this.take(event);
    response.writeHead(answer).end();
  }

  private take(event: ReceivedEvent): void {
    if (this.ids.has(event.id)) {
      this.duplicates.push(event.id);
      return;
    }
    this.ids.add(event.id);
    this.taken.push(event);
  }

  /** Standard Webhooks 1.0: base64 of HMAC-SHA256 over "id.timestamp.body". */
  private isSigned({ headers, body }: ReceivedRequest, id: string): boolean {
    const key = Buffer.from(this.secret.replace(/^whsec_/, ''), 'base64');
    const signed = `${id}.${String(headers['webhook-timestamp'])}.${body}`;
    const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
    return String(headers['webhook-signature']).split(' ').includes(expected);
  }
}

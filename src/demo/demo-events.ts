import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { type WebhookWithSecretView } from '../event-deliveries/webhook.schema.js';
import { type DemoServices } from './demo-services.js';

const POLL_MS = 50;
const GIVE_UP_MS = 60_000;

export interface EventsResult {
  /** Events that arrived with a valid signature. */
  received: number;
  /** The type and data of the last one. */
  last: string;
}

/** A program that wants the events of the syncs: it receives webhooks. */
export class DemoReceiver {
  private readonly events: { type: string; data: object }[] = [];
  /** Set when the webhook is created, before any event. */
  private webhook?: Webhook;

  private constructor(private readonly server: Server) {}

  /** Listens, and creates a webhook of the service that leads here. */
  static async start({ api }: DemoServices): Promise<DemoReceiver> {
    const server = createServer((request, response) => {
      receiver.receive(request).then(
        (status) => response.writeHead(status).end(),
        () => response.writeHead(500).end(),
      );
    });
    const receiver = new DemoReceiver(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
    const { secret } = await api.post<WebhookWithSecretView>('/api/v1/webhooks', { url });
    receiver.webhook = new Webhook(secret);
    return receiver;
  }

  /** Waits for the events of so many syncs. */
  async untilSynced(courses: number): Promise<EventsResult> {
    const giveUpAt = performance.now() + GIVE_UP_MS;
    while (this.events.filter(({ type }) => type === 'lti.sync.completed').length < courses) {
      if (performance.now() > giveUpAt) throw new Error('The events of the syncs did not arrive in time.');
      await delay(POLL_MS);
    }
    const last = this.events.findLast(({ type }) => type === 'lti.sync.completed');
    return { received: this.events.length, last: `${last?.type ?? ''} ${JSON.stringify(last?.data)}` };
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async receive(request: IncomingMessage): Promise<number> {
    const body = await text(request);
    try {
      this.webhook?.verify(body, request.headers as Record<string, string>);
    } catch {
      return 401;
    }
    this.events.push(JSON.parse(body) as { type: string; data: object });
    return 204;
  }
}

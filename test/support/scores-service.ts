import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import request from 'supertest';
import { type OutboxScoreView, type ScoreVerdicts } from '../../src/grade-passback/outbox.schema.js';
import { STANDALONE_API_KEY, StandaloneService } from './standalone-service.js';

export const LINE_ITEM = 'https://lms.example.edu/items/1';

/** A valid score. */
export function scoreBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { lineItemId: LINE_ITEM, userId: 'user', scoreGiven: 5, scoreMaximum: 10, ...changes };
}

/** The standalone service with a course. It accepts scores and sends none. */
export class ScoresService {
  private constructor(
    private readonly service: StandaloneService,
    readonly registrationId: string,
    readonly courseId: string,
  ) {}

  static async start(): Promise<ScoresService> {
    const service = await StandaloneService.start({ PASSBACK_CONCURRENCY: '0', SYNC_EVERY: 'never' });
    const at = (path: string): string => `https://lms.example.edu${path}`;
    const post = async (path: string, body: object): Promise<string> =>
      (await call(service, 'post', path).send(body).expect(201)).body.id as string;
    const registrationId = await post('/api/v1/registrations', {
      name: 'LMS',
      issuer: at(''),
      clientId: randomUUID(),
      authorizationUrl: at('/auth'),
      tokenUrl: at('/token'),
      jwksUrl: at('/jwks'),
      deployments: ['1'],
    });
    const courseId = await post('/api/v1/courses', {
      ...{ registrationId, deploymentId: '1', contextId: 'a course' },
      ...{ membershipsUrl: at('/members'), lineItemsUrl: at('/items') },
    });
    return new ScoresService(service, registrationId, courseId);
  }

  get url(): string {
    return this.service.url;
  }

  get databaseUrl(): string {
    return this.service.database.url;
  }

  get path(): string {
    return `/api/v1/courses/${this.courseId}/scores`;
  }

  call(method: 'get' | 'post' | 'delete', path: string): request.Test {
    return call(this.service, method, path);
  }

  /** Another course of the registration. */
  async addCourse(lineItemsUrl: string | null = 'https://lms.example.edu/items'): Promise<string> {
    const body = {
      registrationId: this.registrationId,
      deploymentId: '1',
      contextId: randomUUID(),
      lineItemsUrl,
    };
    const membershipsUrl = 'https://lms.example.edu/members';
    const { body: course } = await this.call('post', '/api/v1/courses')
      .send({ ...body, membershipsUrl })
      .expect(201);
    return course.id as string;
  }

  /** Posts this text as the body. */
  upload(text: string, type = 'application/json', path = this.path): request.Test {
    return this.call('post', path).set('Content-Type', type).send(text);
  }

  async enqueue(...scores: unknown[]): Promise<ScoreVerdicts> {
    return (await this.upload(JSON.stringify(scores)).expect(202)).body as ScoreVerdicts;
  }

  /** The newest pending scores, up to `limit`. */
  async stored(limit = 500): Promise<OutboxScoreView[]> {
    const { body } = await this.call('get', `${this.path}?limit=500`).expect(200);
    return (body.items as OutboxScoreView[]).slice(-limit);
  }

  /**
   * Sends the head of a request and the first bytes of its body, and no more.
   *
   * @returns the status of the answer, which so does not wait for the body
   */
  answerBeforeBody(path: string, headers: Record<string, string>): Promise<number> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(this.url);
      const sending = httpRequest({ method: 'POST', hostname, port, path, headers }, (response) => {
        resolve(response.statusCode ?? 0);
        sending.destroy();
      });
      sending.on('error', reject);
      sending.write('[');
    });
  }

  /**
   * Sends a body that does not say how long it is, all of it before the answer is looked at.
   *
   * @returns the first line of the answer
   */
  async answerAfterBody(headers: readonly string[], chunks: readonly Buffer[]): Promise<string> {
    const { hostname, port } = new URL(this.url);
    const socket = connect(Number(port), hostname);
    const head = [`POST ${this.path} HTTP/1.1`, 'Host: localhost', 'Transfer-Encoding: chunked', ...headers];
    const parts = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']);
    for (const part of [`${head.join('\r\n')}\r\n\r\n`, ...parts, '0\r\n\r\n']) {
      if (!socket.write(part)) await once(socket, 'drain');
    }
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return answer.toString().split('\r\n')[0] ?? '';
  }

  stop(): Promise<void> {
    return this.service.stop();
  }
}

function call({ url }: StandaloneService, method: 'get' | 'post' | 'delete', path: string): request.Test {
  return request(url)[method](path).set('Authorization', `Bearer ${STANDALONE_API_KEY}`);
}

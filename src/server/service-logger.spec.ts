import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo } from 'node:net';
import { ServiceLogger } from './service-logger.js';

type Line = Record<string, unknown>;

function logged(level = 'trace') {
  const lines: Line[] = [];
  const logger = new ServiceLogger(level, { write: (text) => void lines.push(JSON.parse(text) as Line) });
  return { logger, lines };
}

/** Answers one request of that path by this logger's middleware and `handle`. */
async function answer(logger: ServiceLogger, handle: RequestListener, path: string, id = 'request-1') {
  const middleware = logger.requestLogging();
  const server = createServer((request, response) =>
    middleware(request, response, () => handle(request, response)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const response = await fetch(url, { headers: { 'x-request-id': id, authorization: 'Bearer geheim' } });
  await response.text();
  await new Promise((resolve) => server.close(resolve));
  return response;
}

describe('the logger of the service', () => {
  it('writes what Nest logs as lines of JSON, with the name of the class that logs', () => {
    const { logger, lines } = logged();
    logger.log('It runs.', 'App');
    logger.error('It fails.', 'Error: at line 1', 'App');
    logger.warn(new Error('broken'), 'App');
    logger.verbose({ msg: 'all of it', count: 2 }, 'App');
    expect(lines).toMatchObject([
      { level: 30, msg: 'It runs.', context: 'App' },
      { level: 50, msg: 'It fails.', err: { stack: 'Error: at line 1' }, context: 'App' },
      { level: 40, msg: 'broken', err: { type: 'Error', message: 'broken' }, context: 'App' },
      { level: 10, msg: 'all of it', count: 2, context: 'App' },
    ]);
  });

  it('writes nothing below its level', () => {
    const { logger, lines } = logged('warn');
    logger.log('chatter', 'App');
    logger.fatal('over', 'App');
    expect(lines).toMatchObject([{ level: 60, msg: 'over' }]);
  });

  it('gives the log lines of a request its id, and no header or query', async () => {
    const { logger, lines } = logged();
    const response = await answer(
      logger,
      (_, reply) => {
        logger.log('Working.', 'App');
        reply.end('done');
      },
      '/courses?access_token=geheim',
    );
    expect(response.headers.get('x-request-id')).toBe('request-1');
    const req = { id: 'request-1', method: 'GET', path: '/courses', remoteAddress: expect.any(String) };
    expect(lines).toMatchObject([
      { msg: 'Working.', context: 'App', req },
      { msg: 'request completed', req, res: { statusCode: 200 } },
    ]);
    expect(JSON.stringify(lines)).not.toContain('geheim');
  });

  it('does not log health checks and scrapes', async () => {
    const { logger, lines } = logged();
    await answer(logger, (_, reply) => reply.end(), '/health/ready');
    expect(lines).toEqual([]);
  });
});

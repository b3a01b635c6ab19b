import { Injectable, Module } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { getDataSourceToken } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { type DataSource } from 'typeorm';
import { type LtiEventMap, type NoticeHandler, type ReceivedNotice } from '../../src/index.js';
import { defaultScopes, Scope } from '../../src/common/scopes.js';
import { CourseOriginService } from '../../src/courses/course-origin.service.js';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { NoticeRepository } from '../../src/notices/notice.repository.js';
import { NoticeScheduler } from '../../src/notices/notice.scheduler.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { allScopes, noticeScope } from '../../src/testing/service-constants.js';
import { type AdapterName } from '../support/http-adapters.js';
import { type LaunchedTool, LaunchScene } from '../support/launch-scene.js';
import { until } from '../support/until.js';

type CopiedEvent = LtiEventMap['lti.course.copied'];

interface Answer {
  code?: string;
  accepted?: number;
  duplicates?: number;
  refused?: { index: number; code: string }[];
}

const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim';
const COPY = 'LtiContextCopyNotice';
const SUBMISSION = 'LtiAssetProcessorSubmissionNotice';

@Injectable()
class Submissions {
  readonly received: ReceivedNotice[] = [];
  failures = 0;
  /** What the next call does instead. */
  next?: (() => Promise<void>) | undefined;
}

@Module({ providers: [Submissions], exports: [Submissions] })
class SubmissionsModule {}

@Injectable()
class SubmissionNotices implements NoticeHandler {
  constructor(private readonly submissions: Submissions) {}

  async handle(notice: ReceivedNotice): Promise<void> {
    const { next } = this.submissions;
    this.submissions.received.push(notice);
    this.submissions.next = undefined;
    if (next !== undefined) return next();
    if (this.submissions.failures > 0) {
      this.submissions.failures -= 1;
      throw new Error('The report server is down.');
    }
  }
}

const adapters: [name: string, adapter: AdapterName, bodyParser: boolean][] = [
  ['Express', 'express', true],
  ['Fastify, without a body parser', 'fastify', false],
];

describe.each(adapters)('notices of a platform to a tool on %s', (_, adapter, bodyParser) => {
  let scene: LaunchScene;
  let platform: SimulatedPlatform;
  let tool: LaunchedTool;
  let copied: CopiedEvent[];

  beforeAll(async () => {
    scene = await LaunchScene.start({
      adapter,
      bodyParser,
      notices: { handler: SubmissionNotices, imports: [SubmissionsModule] },
    });
    scene.lti.app.get(EventEmitter2).on('lti.course.copied', (event: CopiedEvent) => copied.push(event));
  });
  afterAll(() => scene.stop());

  async function registered(family: 'canvas' | 'generic' | 'brightspace', changes: object = {}) {
    const lms = await scene.platform({ family });
    const scopes = [...allScopes, noticeScope];
    return { platform: lms, tool: await scene.register(lms, { ...changes }, { scopes }) };
  }

  const deployment = () => ({ clientId: tool.clientId, deploymentId: '1' });
  const handlersPath = () => `/api/v1/registrations/${tool.registrationId}/notice-handlers`;
  const put = (noticeType = COPY) => scene.lti.api('put', handlersPath(), { deploymentId: '1', noticeType });
  const launch = async (contextId = 'course-1') => {
    const userId = platform.course(contextId).members[0]?.userId;
    expect(await scene.browser().launch(scene.begin(platform, tool, { contextId, userId }))).toMatchObject({
      status: 200,
    });
  };
  const courses = async (): Promise<{ id: string; contextId: string; launchedAt: string | null }[]> =>
    (await scene.lti.api('get', `/api/v1/courses?registrationId=${tool.registrationId}`)).body.items;
  const courseOf = async (contextId: string) => (await courses()).find((one) => one.contextId === contextId);
  const origins = async (id: string) =>
    (await scene.lti.api('get', `/api/v1/courses/${id}/origins`)).body.items;
  const copiedFrom = (origin: unknown, contextId = 'copy') => ({
    [`${CLAIM}/context`]: { id: contextId, title: 'A copy' },
    [`${CLAIM}/origin_contexts`]: origin,
  });
  const post = async (notices: unknown, init: RequestInit = {}) => {
    const response = await fetch(`${scene.lti.url}/lti/notices`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ notices }),
      ...init,
    });
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const postClaims = async (claims: Record<string, unknown>, type = COPY) =>
    post([{ jwt: await platform.signNotice(type, deployment(), claims) }]);
  const tick = () => scene.lti.app.get(NoticeScheduler, { strict: false }).tick();
  const dataSource = () =>
    scene.lti.app.get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false });
  const submissions = () => scene.lti.app.get(Submissions, { strict: false });

  describe('that the platform has signed', () => {
    beforeEach(async () => {
      copied = [];
      ({ platform, tool } = await registered('canvas'));
    });

    const repository = () => scene.lti.app.get(NoticeRepository, { strict: false });
    /** Our ids of the notices that are due by then. */
    const dueIn = (ms: number) => repository().due(new Date(scene.lti.clock.nowMs() + ms), 100);
    const untilSettled = () =>
      until('all notices are settled', async () =>
        (await dueIn(86_400_000)).length === 0 ? true : undefined,
      );
    const untilPostponed = () =>
      until('it is due later', async () => ((await dueIn(60_000)).length === 1 ? true : undefined));
    /** A notice that was accepted and stored, and whose job was not added. */
    const stored = (type: string, claims: Record<string, unknown>) => ({
      registrationId: tool.registrationId,
      deploymentId: '1',
      id: 'lost',
      type,
      receivedAt: scene.lti.clock.now(),
      claims,
    });
    const callsOf = (count: number) =>
      until(`the handler is called ${count} times`, () =>
        Promise.resolve(submissions().received.length === count || undefined),
      );

    it('name the origin of a copied course before its first launch, and the launch finds the same course', async () => {
      await launch();
      await put().expect(200);
      const copy = await platform.copyCourse({ from: 'course-1', title: 'Next term', members: 1 });
      expect(platform.noticeDeliveries).toMatchObject([{ type: COPY, status: 202 }]);
      const [event] = await until('the course is announced', () =>
        Promise.resolve(copied.length > 0 ? copied : undefined),
      );
      const original = (await courseOf('course-1'))!;
      const known = (await courseOf(copy.contextId))!;
      expect(event).toEqual({
        registrationId: tool.registrationId,
        courseId: known.id,
        contextId: copy.contextId,
        originContextIds: ['course-1'],
        originCourseIds: [original.id],
      });
      expect(known).toMatchObject({ title: 'Next term', launchedAt: null });
      await launch(copy.contextId);
      const { id, launchedAt } = (await courseOf(copy.contextId))!;
      expect({ id, isLaunched: launchedAt !== null }).toEqual({ id: known.id, isLaunched: true });
      expect(await origins(id)).toEqual([{ contextId: 'course-1', courseId: original.id }]);
      expect(copied).toHaveLength(1);
    });

    it.each(['canvas', 'brightspace'] as const)(
      'are subscribed to by the first launch at %s, if the registration has the scope for it',
      async (family) => {
        ({ platform, tool } = await registered(family, { scopes: [...defaultScopes, Scope.noticeHandlers] }));
        await launch();
        const own = { noticeType: COPY, handler: `${scene.lti.url}/lti/notices`, isOurs: true };
        const set = () => scene.lti.api('get', `${handlersPath()}?deploymentId=1`);
        await until('the handler is set', async () =>
          (await set()).body.items.length > 0 ? true : undefined,
        );
        expect((await set()).body.items).toEqual([own]);
        // One token serves all services.
        expect(platform.counts.tokenRequests).toBe(1);
      },
    );

    it('are subscribed to when the registration gets the scope after its first launch', async () => {
      await launch();
      const scopes = [...defaultScopes, Scope.noticeHandlers];
      await scene.lti.api('patch', `/api/v1/registrations/${tool.registrationId}`, { scopes }).expect(200);
      await until('the handler is set', async () => {
        const { body } = await scene.lti.api('get', `${handlersPath()}?deploymentId=1`);
        return body.items.length > 0 ? true : undefined;
      });
    });

    it('are set, listed and removed at the platform, with its strict rules', async () => {
      expect((await put().expect(404)).body.code).toBe('notice_service_unknown');
      await launch();
      const handler = `${scene.lti.url}/lti/notices`;
      expect((await put().expect(200)).body).toEqual({ noticeType: COPY, handler, isOurs: true });
      const list = () => scene.lti.api('get', `${handlersPath()}?deploymentId=1`).expect(200);
      expect((await list()).body).toEqual({ items: [{ noticeType: COPY, handler, isOurs: true }] });
      expect((await put('LtiUnknownNotice').expect(409)).body).toMatchObject({
        code: 'notice_type_not_supported',
        supported: expect.arrayContaining([COPY]),
      });
      await scene.lti.api('delete', `${handlersPath()}?deploymentId=1&noticeType=${COPY}`).expect(204);
      expect((await list()).body).toEqual({ items: [] });
      await platform.copyCourse();
      expect(platform.noticeDeliveries).toEqual([]);
    });

    it('are accepted once: a repeated notice changes nothing', async () => {
      const jwt = await platform.signNotice(COPY, deployment(), copiedFrom(['x']));
      expect(await post([{ jwt }, { jwt }])).toEqual({
        status: 202,
        body: { accepted: 1, duplicates: 1, refused: [] },
      });
      const results = await Promise.all(Array.from({ length: 5 }, () => post([{ jwt }])));
      expect(results.map(({ body }) => body.accepted)).toEqual([0, 0, 0, 0, 0]);
      await until('it is handled', () => courseOf('copy'));
      await tick();
      expect(copied).toHaveLength(1);
    });

    it('are accepted an hour after they were issued: a platform may have to send them again', async () => {
      const iat = Math.floor(scene.lti.clock.nowMs() / 1000) - 3600;
      expect(await postClaims({ ...copiedFrom(['x']), iat, exp: iat + 7200 })).toMatchObject({ status: 202 });
    });

    it('of one request are accepted although one of them is refused', async () => {
      const jwt = await platform.signNotice(COPY, deployment(), copiedFrom(['x']));
      expect(await post([{ jwt: 'x' }, { jwt }, {}])).toMatchObject({
        status: 202,
        body: {
          accepted: 1,
          duplicates: 0,
          refused: [
            { index: 0, code: 'notice_malformed' },
            { index: 2, code: 'notice_malformed' },
          ],
        },
      });
    });

    it.each<[string, unknown]>([
      ['without origins', undefined],
      ['with an empty list', []],
      ['with origins of a wrong type', 'course-1'],
      ['with itself as its origin', ['copy']],
    ])('record no course for a copy %s: an origin is never guessed', async (__, stated) => {
      expect(await postClaims(copiedFrom(stated))).toMatchObject({ status: 202 });
      // A notice after it, to know when it was handled.
      await postClaims(copiedFrom(['x'], 'another copy'));
      await until('the other one is handled', () => courseOf('another copy'));
      expect((await courses()).map(({ contextId }) => contextId)).toEqual(['another copy']);
    });

    it('of other types reach the handler of the tool in a job, again if it fails, and no third time', async () => {
      submissions().received.length = 0;
      submissions().failures = 1;
      const claims = { [`${CLAIM}/submission`]: { id: '7' } };
      expect(await postClaims(claims, SUBMISSION)).toMatchObject({ status: 202 });
      await callsOf(1);
      await untilPostponed();
      expect(await dueIn(0)).toEqual([]);
      scene.lti.clock.advance(30_000);
      await tick();
      await callsOf(2);
      await untilSettled();
      await tick();
      expect(submissions().received).toEqual([
        expect.objectContaining({
          registrationId: tool.registrationId,
          deploymentId: '1',
          type: SUBMISSION,
          claims: expect.objectContaining(claims),
        }),
        expect.anything(),
      ]);
    });

    it('whose process died before the job was queued are handled by the next tick', async () => {
      await repository().store([stored(COPY, copiedFrom(['x']))]);
      await tick();
      await until('it is handled', () => courseOf('copy'));
    });

    it('that cannot be checked now are answered with 503, and accepted when they are sent again', async () => {
      const jwt = await platform.signNotice(COPY, deployment(), copiedFrom(['x']));
      platform.faults.add({ on: 'jwks', kind: 'server-error' });
      expect(await post([{ jwt }])).toMatchObject({
        status: 503,
        body: { code: 'platform_keys_unavailable' },
      });
      scene.lti.clock.advance(10_000);
      expect(await post([{ jwt }])).toMatchObject({ status: 202, body: { accepted: 1 } });
    });

    it('are sent again by a platform that retries, and by Canvas never', async () => {
      for (const [family, tries] of [
        ['generic', 3],
        ['canvas', 1],
      ] as const) {
        ({ platform, tool } = await registered(family));
        await launch();
        await put().expect(200);
        const notice = { [`${CLAIM}/notice`]: { id: 'no type' } };
        await platform.sendNotice(COPY, deployment(), notice);
        expect(platform.noticeDeliveries.map(({ status }) => status)).toEqual(Array(tries).fill(400));
      }
    });

    it('are deleted with their registration', async () => {
      submissions().failures = 100;
      await postClaims({}, SUBMISSION);
      await untilPostponed();
      submissions().failures = 0;
      await scene.lti.api('delete', `/api/v1/registrations/${tool.registrationId}`).expect(204);
      expect(await dueIn(86_400_000)).toEqual([]);
    });

    it('are not stored, and copy no course, after the registration was deleted', async () => {
      await scene.lti.api('delete', `/api/v1/registrations/${tool.registrationId}`).expect(204);
      // As in another process, which has the registration in memory.
      expect(await repository().store([stored(COPY, copiedFrom(['x']))])).toEqual([]);
      const copy = { registrationId: tool.registrationId, deploymentId: '1', contextId: 'copy' };
      const record = scene.lti.app.get(CourseOriginService, { strict: false }).recordCopy(copy, ['x']);
      await expect(record).rejects.toThrow('its registration was deleted');
    });

    it('that test the connection are settled without the handler of the tool', async () => {
      submissions().received.length = 0;
      expect(await postClaims({}, 'LtiHelloWorldNotice')).toMatchObject({
        status: 202,
        body: { accepted: 1 },
      });
      await untilSettled();
      expect(submissions().received).toEqual([]);
    });

    it('whose handler does not end are tried again after 5 minutes, and others are handled', async () => {
      submissions().received.length = 0;
      let end = (): void => undefined;
      submissions().next = () => new Promise((resolve) => (end = resolve));
      await postClaims({}, SUBMISSION);
      await callsOf(1);
      scene.lti.clock.advance(300_000);
      await untilPostponed();
      scene.lti.clock.advance(30_000);
      await tick();
      await callsOf(2);
      await untilSettled();
      end();
    });

    it('whose handler fails with text that cannot be stored are tried again later', async () => {
      submissions().received.length = 0;
      submissions().next = () => Promise.reject(new Error('a\0b\ud800'));
      await postClaims({}, SUBMISSION);
      await callsOf(1);
      await untilPostponed();
      scene.lti.clock.advance(30_000);
      await tick();
      await untilSettled();
    });

    it('whose handling has ended its process 30 times are given up', async () => {
      submissions().received.length = 0;
      const [id = ''] = await repository().store([stored(SUBMISSION, {})]);
      for (let nth = 0; nth < 30; nth += 1) await repository().begin(id);
      await tick();
      await untilSettled();
      expect(submissions().received).toEqual([]);
      expect(await repository().begin(id)).toBeUndefined();
    });

    it('that were given up are listed with their reason, and can be retried until they are handled', async () => {
      submissions().received.length = 0;
      const claims = { [`${CLAIM}/submission`]: { id: '8' } };
      const [id = ''] = await repository().store([stored(SUBMISSION, claims)]);
      const list = async (query: string) =>
        (
          await scene.lti
            .api('get', `/api/v1/notices?registrationId=${tool.registrationId}${query}`)
            .expect(200)
        ).body.items as Record<string, unknown>[];
      const retry = (notice = id) => scene.lti.api('post', `/api/v1/notices/${notice}/retry`);
      for (let nth = 0; nth < 30; nth += 1) await repository().begin(id);
      expect(await list('&status=pending')).toMatchObject([{ id, attempts: 30 }]);
      await tick();
      await untilSettled();

      const [failed] = await list('&status=failed');
      expect(failed).toMatchObject({
        id,
        type: SUBMISSION,
        status: 'failed',
        attempts: 31,
        error: expect.stringContaining('its process ended'),
        retryAt: null,
        handledAt: null,
      });
      expect(failed).not.toHaveProperty('claims');
      expect(await list('&status=handled')).toEqual([]);

      expect((await retry().expect(202)).body).toMatchObject({ id, status: 'pending', error: null });
      await callsOf(1);
      await untilSettled();
      expect(submissions().received[0]?.claims).toMatchObject(claims);
      expect((await scene.lti.api('get', `/api/v1/notices/${id}`).expect(200)).body).toMatchObject({
        status: 'handled',
        attempts: 1,
      });
      expect((await retry().expect(409)).body).toMatchObject({ code: 'notice_not_failed' });
      expect((await retry(randomUUID()).expect(404)).body).toMatchObject({ code: 'notice_not_found' });
    });

    it('without their claims cannot be retried, and pending ones do not change by a retry', async () => {
      const at = (ms: number) => new Date(scene.lti.clock.nowMs() + ms);
      const [erased = '', waiting = ''] = await repository().store([
        stored(SUBMISSION, {}),
        { ...stored(SUBMISSION, {}), id: randomUUID() },
      ]);
      await repository().settle(erased, at(0), 'given up');
      await dataSource().query('UPDATE nest_lti.notice SET claims = NULL WHERE id = $1', [erased]);
      const refused = await scene.lti.api('post', `/api/v1/notices/${erased}/retry`).expect(409);
      expect(refused.body).toMatchObject({ code: 'notice_claims_deleted' });

      await repository().begin(waiting);
      await repository().postpone(waiting, at(60_000), 'The report server is down.');
      const { body } = await scene.lti.api('post', `/api/v1/notices/${waiting}/retry`).expect(202);
      expect(body).toMatchObject({ status: 'pending', attempts: 1, error: 'The report server is down.' });
      // Its job runs at once; the next test must not get its notice.
      await untilSettled();
    });

    it('reach the handler with claims of any text, and their claims are not kept', async () => {
      submissions().received.length = 0;
      const odd = { text: 'a\0b\ud800', ['__proto__']: { isAdmin: true }, constructor: 1 };
      const claims = { 'https://lms.example.edu/odd': odd };
      expect(await postClaims(claims, SUBMISSION)).toMatchObject({ status: 202 });
      await callsOf(1);
      await untilSettled();
      expect(submissions().received[0]?.claims).toMatchObject(claims);
      const kept = await scene.lti.app
        .get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE), { strict: false })
        .query('SELECT claims FROM nest_lti.notice WHERE registration_id = $1', [tool.registrationId]);
      expect(kept).toEqual([{ claims: null }]);
    });
  });

  describe('are refused', () => {
    beforeAll(async () => ({ platform, tool } = await registered('canvas')));

    const refusedWith = (code: string) => ({
      status: 400,
      body: { code: 'notices_refused', refused: [{ index: 0, code }] },
    });
    const now = () => Math.floor(scene.lti.clock.nowMs() / 1000);

    it.each<[string, () => Record<string, unknown>, string]>([
      ['for another client', () => ({ aud: 'another client' }), 'notice_issuer_unknown'],
      [
        'for this and another client',
        () => ({ aud: [tool.clientId, 'another client'] }),
        'id_token_audience_untrusted',
      ],
      ['from another issuer', () => ({ iss: 'https://evil.example.edu' }), 'notice_issuer_unknown'],
      ['with an issuer that cannot be stored', () => ({ iss: 'a\0b' }), 'notice_issuer_unknown'],
      ['without an issuer', () => ({ iss: null }), 'notice_issuer_unknown'],
      ['of another deployment', () => ({ [`${CLAIM}/deployment_id`]: '2' }), 'deployment_unknown'],
      ['without a deployment', () => ({ [`${CLAIM}/deployment_id`]: undefined }), 'notice_malformed'],
      ['that has expired', () => ({ exp: now() - 600 }), 'id_token_expired'],
      ['without an end', () => ({ exp: undefined }), 'id_token_exp_missing'],
      ['from the future', () => ({ iat: now() + 600, exp: now() + 1200 }), 'id_token_issued_in_future'],
      ['that is older than a day', () => ({ iat: now() - 86_500, exp: now() + 600 }), 'id_token_too_old'],
      ['without a notice', () => ({ [`${CLAIM}/notice`]: undefined }), 'notice_malformed'],
      ['without an id', () => ({ [`${CLAIM}/notice`]: { type: COPY } }), 'notice_malformed'],
      ['without a type', () => ({ [`${CLAIM}/notice`]: { id: '1' } }), 'notice_malformed'],
      ['of a copy without a course', () => ({ [`${CLAIM}/context`]: null }), 'notice_malformed'],
      ['of another version of LTI', () => ({ [`${CLAIM}/version`]: '2.0.0' }), 'notice_malformed'],
    ])('%s', async (__, claims, code) => {
      expect(await postClaims({ ...copiedFrom(['x']), ...claims() })).toMatchObject(refusedWith(code));
      expect(await courseOf('copy')).toBeUndefined();
    });

    it('if they are not signed, or signed with a shared secret', async () => {
      const [, payload = '', signature = ''] = (
        await platform.signNotice(COPY, deployment(), copiedFrom(['x']))
      ).split('.');
      const header = (alg: string) =>
        Buffer.from(JSON.stringify({ alg, kid: 'platform-key-1' })).toString('base64url');
      expect(await post([{ jwt: `${header('none')}.${payload}.` }])).toMatchObject(
        refusedWith('id_token_unsigned'),
      );
      expect(await post([{ jwt: `${header('HS256')}.${payload}.${signature}` }])).toMatchObject(
        refusedWith('id_token_symmetric'),
      );
    });

    it('if another platform has signed them, or they were changed', async () => {
      const other = await scene.platform({ family: 'canvas' });
      const foreign = await other.signNotice(COPY, deployment(), copiedFrom(['x']));
      expect(await post([{ jwt: foreign }])).toMatchObject(refusedWith('id_token_signature'));
      const [header, , signature] = (await platform.signNotice(COPY, deployment(), copiedFrom(['x']))).split(
        '.',
      );
      const [, changed] = foreign.split('.');
      expect(await post([{ jwt: `${header}.${changed}.${signature}` }])).toMatchObject(
        refusedWith('id_token_signature'),
      );
      expect(await courseOf('copy')).toBeUndefined();
    });

    it('after those of 20 other registrations in one request', async () => {
      const notices = Array.from({ length: 21 }, (unused, nth) => ({
        jwt: `e30.${Buffer.from(JSON.stringify({ iss: `https://${nth}.example.edu`, aud: 'x' })).toString('base64url')}.x`,
      }));
      const { body } = await post([...notices, notices[0]]);
      expect(body.refused?.slice(19).map(({ code }: { code: string }) => code)).toEqual([
        'notice_issuer_unknown',
        'notice_registrations_too_many',
        'notice_issuer_unknown',
      ]);
    });

    it('in any number with unknown keys for a bounded number of key set fetches', async () => {
      await postClaims(copiedFrom(['x'], 'first'));
      const before = platform.counts.platformKeyFetches;
      const jwt = await platform.signToken(
        { iss: platform.issuer, aud: tool.clientId },
        { kid: 'no such key' },
      );
      for (let nth = 0; nth < 3; nth += 1) {
        const { status, body } = await post(Array.from({ length: 50 }, () => ({ jwt })));
        expect([status, body.refused?.[49]?.code]).toEqual([400, 'id_token_kid_unknown']);
      }
      expect(platform.counts.platformKeyFetches - before).toBeLessThanOrEqual(3);
    });

    it.each<[string, () => RequestInit & { notices?: unknown }, number, string]>([
      [
        'as more than 500 at once',
        () => ({ notices: Array(501).fill({ jwt: 'x' }) }),
        413,
        'notices_too_large',
      ],
      ['as an empty list', () => ({ notices: [] }), 400, 'notices_unreadable'],
      ['without a list', () => ({ notices: 'x' }), 400, 'notices_unreadable'],
      ['as a form', () => ({ headers: { 'content-type': 'text/plain' } }), 415, 'unsupported_media_type'],
    ])('%s', async (__, request, status, code) => {
      const { notices, ...init } = request();
      expect(await post(notices, init)).toMatchObject({ status, body: { code } });
    });

    it('as a body of several megabytes', async () => {
      const notices = Array.from({ length: 100 }, () => ({ jwt: 'x'.repeat(40_000) }));
      expect(await post(notices)).toMatchObject({ status: 413 });
    });

    it('with a JWT that is longer than any, or whose claims are nested too deeply', async () => {
      expect(await post([{ jwt: 'x'.repeat(70_000) }])).toMatchObject(refusedWith('notice_malformed'));
      let deep: unknown = 1;
      for (let level = 0; level < 40; level += 1) deep = [deep];
      expect(await postClaims({ ...copiedFrom(['x']), deep })).toMatchObject(refusedWith('notice_malformed'));
    });
  });
});

import { Injectable } from '@nestjs/common';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { readFileSync } from 'node:fs';
import {
  DeepLinkingService,
  type LaunchHandler,
  type LaunchHandlerReply,
  type ReceivedLaunch,
} from '../../src/index.js';
import { familyNames, type SimulatedPlatform } from '../../src/testing/index.js';
import { type LaunchedTool, LaunchScene } from '../support/launch-scene.js';
import { until } from '../support/until.js';

const DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/';
const launches: ReceivedLaunch[] = [];
const activities: ReceivedLaunch[] = [];
const atOnce: { reply?: LaunchHandlerReply } = {};

@Injectable()
class Activities implements LaunchHandler {
  handle(launch: ReceivedLaunch): LaunchHandlerReply {
    activities.push(launch);
    return { html: '<p>activity</p>' };
  }
}

@Injectable()
class Picker implements LaunchHandler {
  handle(launch: ReceivedLaunch): LaunchHandlerReply {
    launches.push(launch);
    return atOnce.reply ?? { html: '<p>picker</p>' };
  }
}

const quiz = {
  type: 'ltiResourceLink' as const,
  title: 'Quiz',
  custom: { quiz: '7' },
  lineItem: { scoreMaximum: 10 },
};

describe('deep linking', () => {
  let scene: LaunchScene;
  let lms: SimulatedPlatform;
  let tool: LaunchedTool;

  beforeAll(async () => {
    scene = await LaunchScene.start({ launches: { handler: Activities, deepLinkHandler: Picker } });
    lms = await scene.platform({ family: 'moodle' });
    tool = await scene.register(lms);
  });
  beforeEach(() => {
    launches.length = 0;
    delete atOnce.reply;
  });
  afterAll(() => scene.stop());

  const launched = async (platform = lms, of = tool) => {
    const response = await scene
      .browser()
      .launch(scene.begin(platform, of, { messageType: 'LtiDeepLinkingRequest' }));
    return { response, launch: launches.at(-1)! };
  };
  const respond = (id: string, body: object) =>
    scene.lti.api('post', `/api/v1/launch-sessions/${id}/deep-link-response`, body);

  it('sends its launches to the DeepLinkHandler, and all others to the LaunchHandler', async () => {
    expect((await launched()).response.body).toContain('picker');
    const other = await scene.browser().launch(scene.begin(lms, tool));
    expect(other.body).toContain('activity');
    expect(launches).toHaveLength(1);
  });

  it.each(familyNames)(
    'answers %s with a JWT that its platform can verify, for its return URL',
    async (family) => {
      const platform = await scene.platform({ family });
      const of = await scene.register(platform);
      const { launch } = await launched(platform, of);
      const settings = launch.context.payload[`${DL}deep_linking_settings`] as Record<string, unknown>;
      const accepted = (settings.accept_types as string[]).includes('ltiResourceLink');
      expect(accepted).toBe(true);
      const { title, type } = quiz;
      const { body } = await respond(launch.session.id, { items: [{ type, title }], msg: 'Picked' }).expect(
        200,
      );
      expect(body.returnUrl).toBe(settings.deep_link_return_url);
      expect(body.html).toContain(body.jwt);
      expect(body.html).toContain('<title>Returning to your course</title>');
      const [, nonce] = /script-src 'nonce-([^']+)'/.exec(body.contentSecurityPolicy)!;
      expect(body.html).toContain(`<script nonce="${nonce}">`);
      const { payload, protectedHeader } = await jwtVerify(
        body.jwt,
        createRemoteJWKSet(new URL(scene.lti.jwksUrl)),
        {
          issuer: of.clientId,
          audience: platform.issuer,
          currentDate: scene.lti.clock.now(),
        },
      );
      expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: expect.any(String) });
      expect(payload).toMatchObject({
        [`${DL}content_items`]: [{ type, title, url: `${scene.lti.url}/lti/launch` }],
        [`${DL}msg`]: 'Picked',
      });
      expect(payload[`${DL}data`]).toEqual(settings.data);
    },
  );

  it.each(familyNames)(
    'goes the whole way at %s: launch, pick, link, launch of it, score',
    async (family) => {
      const platform = await scene.platform({ family });
      const of = await scene.register(platform);
      const acceptsLineItem = family !== 'openedx';
      const browser = scene.browser();
      const { launch } = await launched(platform, of);
      const { title, type, custom } = quiz;
      const lineItem = { scoreMaximum: 10, resourceId: 'quiz-7', tag: 'exam' };
      const item = { type, title, custom, ...(acceptsLineItem ? { lineItem } : {}) };
      atOnce.reply = { deepLink: { items: [item], msg: 'Quiz 7 was added' } };
      const initiation = scene.begin(platform, of, { messageType: 'LtiDeepLinkingRequest' });
      const answer = await browser.launch(initiation);
      expect(answer.body).toContain('<title>Returning to your course</title>');
      const page = await browser.submit(answer);
      expect([page.status, page.body]).toEqual([200, expect.stringContaining('Quiz 7 was added')]);

      const course = platform.course('course-1');
      const [link] = course.resourceLinks;
      expect(course.resourceLinks).toEqual([expect.objectContaining({ title, custom })]);
      // The other line item belongs to the course's first link.
      const [, made] = platform.gradebook('course-1');
      expect(made !== undefined).toBe(acceptsLineItem);

      const { body } = await browser.launch(
        scene.begin(platform, of, { resourceLinkId: link!.id, userId: course.learner.userId }),
      );
      expect(body).toContain('activity');
      const { context } = activities.at(-1)!;
      expect(context.resourceLink).toMatchObject({ id: link!.id, title });
      expect(context.custom).toMatchObject(custom);
      expect(platform.counts.rejected).toEqual({});
      if (made === undefined) return;
      expect(made).toMatchObject({ ...lineItem, resourceLinkId: link!.id, coupled: true });
      const { label, scoreMaximum, resourceId } = made;
      const found = await scene.lti
        .api('post', `/api/v1/courses/${launch.context.courseId}/line-items/find-or-create`, {
          ...{ label, scoreMaximum, resourceId },
        })
        .expect(200);
      expect(found.body).toMatchObject({ id: made.url, resourceLinkId: link!.id });
      const score = { lineItemId: made.url, userId: course.learner.userId, scoreGiven: 7, scoreMaximum: 10 };
      await scene.lti.api('post', `/api/v1/courses/${launch.context.courseId}/scores`, [score]).expect(202);
      const result = await until('the score in the gradebook', () =>
        Promise.resolve(course.gradebook.lineItem(made.url).resultScore(course.learner.userId)),
      );
      expect(result).toBe(7);
    },
  );

  it.each([
    ['editor_button', [expect.stringContaining('items.0: Canvas ignores lineItem')], 0],
    ['link_selection', [], 1],
  ])('warns of a line item that the placement %s of Canvas ignores', async (placement, warnings, columns) => {
    const platform = await scene.platform({ family: 'canvas' });
    const of = await scene.register(platform);
    const messageType = 'LtiDeepLinkingRequest';
    await scene.browser().launch(scene.begin(platform, of, { messageType, placement }));
    const { session, context } = launches.at(-1)!;
    expect(context.payload['https://www.instructure.com/placement']).toBe(placement);
    const before = platform.gradebook('course-1').length;
    const { body } = await respond(session.id, { items: [quiz] }).expect(200);
    expect(body.warnings).toEqual(warnings);
    const form = { method: 'POST', body: new URLSearchParams({ JWT: body.jwt as string }) };
    expect((await fetch(body.returnUrl as string, form)).status).toBe(200);
    expect(platform.gradebook('course-1')).toHaveLength(before + columns);
  });

  it('gives Canvas an asset processor where its placement asks for one, and nowhere else', async () => {
    const platform = await scene.platform({ family: 'canvas' });
    const of = await scene.register(platform);
    const messageType = 'LtiDeepLinkingRequest';
    const processor = {
      type: 'ltiAssetProcessor',
      title: 'Originality',
      custom: { level: '2' },
      report: { url: 'https://tool.example.edu/report', custom: { view: 'full' } },
    };
    await scene
      .browser()
      .launch(scene.begin(platform, of, { messageType, placement: 'ActivityAssetProcessor' }));
    const { id } = launches.at(-1)!.session;
    expect((await respond(id, { items: [quiz] }).expect(400)).body.code).toBe('deep_link_type_not_accepted');
    const { body } = await respond(id, { items: [processor] }).expect(200);
    const form = { method: 'POST', body: new URLSearchParams({ JWT: body.jwt as string }) };
    expect((await fetch(body.returnUrl as string, form)).status).toBe(200);
    expect(platform.course('course-1').contentItems).toEqual([processor]);
    const { launch } = await launched(platform, of);
    const refused = await respond(launch.session.id, { items: [processor] }).expect(400);
    expect(refused.body.code).toBe('deep_link_type_not_accepted');
  });

  it.each([
    ['a web link', [{ type: 'link', url: 'https://tool.example.edu/a' }], 'items.0: Lessons of Sakai'],
    ['a cancel', [], 'items: Lessons of an older Sakai'],
  ])('warns of %s, which Sakai stores as a link that cannot be opened', async (_, items, warning) => {
    const platform = await scene.platform({ family: 'sakai' });
    const { launch } = await launched(platform, await scene.register(platform));
    const { body } = await respond(launch.session.id, { items }).expect(200);
    expect(body.warnings).toEqual([expect.stringContaining(warning)]);
    const form = { method: 'POST', body: new URLSearchParams({ JWT: body.jwt as string }) };
    expect((await fetch(body.returnUrl as string, form)).status).toBe(200);
    expect(platform.course('course-1').resourceLinks).toEqual([{ id: '/blti/null', url: '' }]);
  });

  it.each(['op=321&v=44', '', 42, 0, false, { csrf: ['a', { b: null }] }])(
    'sends data back to the platform as it was sent: %j',
    async (data) => {
      atOnce.reply = { deepLink: {} };
      const browser = scene.browser();
      const initiation = scene.begin(lms, tool, {
        messageType: 'LtiDeepLinkingRequest',
        deepLinkingSettings: { data },
      });
      const page = await browser.submit(await browser.launch(initiation));
      expect([page.status, page.body]).toEqual([200, expect.stringContaining('Nothing was added')]);
    },
  );

  it.each([
    [{ accept_types: ['link'] }, [quiz], 'deep_link_type_not_accepted'],
    [{ accept_multiple: false }, [quiz, quiz], 'deep_link_multiple_not_accepted'],
    [{ accept_multiple: 'false' }, [quiz, quiz], 'deep_link_multiple_not_accepted'],
    [{ accept_lineitem: false }, [quiz], 'deep_link_line_item_not_accepted'],
    [
      { accept_presentation_document_targets: ['window'] },
      [{ ...quiz, iframe: {} }],
      'deep_link_target_not_accepted',
    ],
    [
      { accept_types: ['file'], accept_media_types: 'image/*' },
      [{ type: 'file', url: 'https://tool.example.edu/a.zip', mediaType: 'application/zip' }],
      'deep_link_media_type_not_accepted',
    ],
  ])('refuses items that the settings of the launch do not accept: %j', async (settings, items, code) => {
    await scene.browser().launch(
      scene.begin(lms, tool, {
        messageType: 'LtiDeepLinkingRequest',
        deepLinkingSettings: settings,
      }),
    );
    expect((await respond(launches.at(-1)!.session.id, { items }).expect(400)).body.code).toBe(code);
  });

  it.each(['deep-linking-claims', 'deep-linking-id_token'])(
    'answers the request that was recorded of a Moodle: %s',
    async (name) => {
      const file = JSON.parse(readFileSync(`test/fixtures/moodle-4.5.6-${name}.json`, 'utf8'));
      const recorded = (file.claims ?? file) as Record<string, unknown>;
      lms.tamperNextLaunch({
        claims: ({ nonce, iat, exp, iss, aud, ...others }) => ({
          ...others,
          ...recorded,
          ...{ nonce, iat, exp, iss, aud },
        }),
      });
      const { launch } = await launched();
      const { body } = await respond(launch.session.id, { items: [quiz] }).expect(200);
      const settings = recorded[`${DL}deep_linking_settings`] as Record<string, unknown>;
      expect(body.returnUrl).toBe(settings.deep_link_return_url);
      const payload = decodeJwt(body.jwt as string);
      expect(payload).not.toHaveProperty([`${DL}data`]);
      expect(payload[`${DL}content_items`]).toEqual([{ ...quiz, url: `${scene.lti.url}/lti/launch` }]);
    },
  );

  it('signs one response for a launch; input that is refused does not use it up', async () => {
    const { launch } = await launched();
    const { id } = launch.session;
    const wrong = await respond(id, {
      items: [{ type: 'image', url: 'https://tool.example.edu/i.png' }],
    }).expect(400);
    expect(wrong.body).toMatchObject({ code: 'deep_link_type_not_accepted', item: 0 });
    const unreadable = await respond(id, { items: [{ ...quiz, lineItem: {} }] }).expect(400);
    expect(unreadable.body.errors[0].field).toBe('items.0.lineItem.scoreMaximum');
    const both = await Promise.all([respond(id, { items: [quiz] }), respond(id, { items: [quiz] })]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await respond(id, {}).expect(409)).body.code).toBe('deep_link_answered');
  });

  it('takes no response for another type of launch, an ended session or an unknown one', async () => {
    const { launch } = await launched();
    await scene.lti.api('delete', `/api/v1/launch-sessions/${launch.session.id}`).expect(204);
    expect((await respond(launch.session.id, {}).expect(409)).body.code).toBe('deep_link_answered');
    const unknown = '019b8c00-0000-7000-8000-000000000001';
    expect((await respond(unknown, {}).expect(404)).body.code).toBe('launch_session_not_found');
    await respond('not-an-id', {}).expect(400);
  });

  it('posts at once what a handler answers, from a page of ours', async () => {
    atOnce.reply = { deepLink: { items: [] } };
    const { response, launch } = await launched();
    const settings = launch.context.deepLinking;
    expect(response.body).toContain('name="JWT"');
    expect(response.body).toContain(new URL(settings?.returnUrl ?? '').pathname);
  });

  it('is a service for embedders, which checks its input in the same way', async () => {
    const { launch } = await launched();
    const service = scene.lti.app.get(DeepLinkingService, { strict: false });
    await expect(
      service.respond(launch.session.id, { items: [{ type: 'quiz' } as never] }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(service.respond(launch.session.id, { items: [] })).resolves.toMatchObject({ warnings: [] });
  });
});

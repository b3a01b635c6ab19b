import { EventEmitter2 } from '@nestjs/event-emitter';
import { getDataSourceToken } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { LTI_DATA_SOURCE } from '../../src/database/lti-data-source.js';
import { type LtiEventMap } from '../../src/index.js';
import { type SimulatedPlatform } from '../../src/testing/index.js';
import { type LaunchedTool, LaunchScene } from '../support/launch-scene.js';

type CopiedEvent = LtiEventMap['lti.course.copied'];
const CUSTOM = 'https://purl.imsglobal.org/spec/lti/claim/custom';
const HISTORY = {
  context_id_history: '$Context.id.history',
  resource_link_id_history: '$ResourceLink.id.history',
};

describe('a copied course of a platform with history parameters', () => {
  let scene: LaunchScene;
  let copied: CopiedEvent[];
  beforeAll(async () => {
    scene = await LaunchScene.start();
    scene.lti.app.get(EventEmitter2).on('lti.course.copied', (event: CopiedEvent) => copied.push(event));
  });
  beforeEach(() => (copied = []));
  afterAll(() => scene.stop());

  const get = async (path: string) => (await scene.lti.api('get', path).expect(200)).body;
  const origins = async (id: string) => (await get(`/api/v1/courses/${id}/origins`)).items;
  const links = async (id: string) => (await get(`/api/v1/courses/${id}/resource-links`)).items;

  async function launchedCourse(
    platform: SimulatedPlatform,
    tool: LaunchedTool,
    input: Parameters<LaunchScene['begin']>[2] = {},
  ): Promise<string> {
    const launch = scene.begin(platform, tool, input);
    expect(await scene.browser().launch(launch)).toMatchObject({ status: 200 });
    const contextId = input.contextId ?? 'course-1';
    const { items } = await get(`/api/v1/courses?registrationId=${tool.registrationId}&limit=500`);
    return items.find((course: { contextId: string }) => course.contextId === contextId).id;
  }

  /** Launches course-1 with these custom parameters. */
  function launchedWith(platform: SimulatedPlatform, tool: LaunchedTool, custom: Record<string, unknown>) {
    platform.tamperNextLaunch({ claims: (claims) => ({ ...claims, [CUSTOM]: custom }) });
    return launchedCourse(platform, tool);
  }

  it.each(['brightspace', 'blackboard', 'sakai', 'moodle'] as const)(
    'knows at its first launch which course of %s it was copied from',
    async (family) => {
      const platform = await scene.platform({ family });
      const tool = await scene.register(platform, {}, { custom: HISTORY });
      const original = await launchedCourse(platform, tool);
      expect(await origins(original)).toEqual([]);
      await platform.copyCourse({ from: 'course-1', contextId: 'this, and more', members: 1 });
      await platform.copyCourse({ from: 'this, and more', contextId: 'a copy of a copy', members: 1 });
      const copy = await launchedCourse(platform, tool, { contextId: 'a copy of a copy' });
      // The course between the two was never launched: its id is known, and nothing else.
      const known = [
        { contextId: 'this, and more', courseId: null },
        { contextId: 'course-1', courseId: original },
      ];
      expect(await origins(copy)).toEqual(known);
      expect(copied).toEqual([
        {
          registrationId: tool.registrationId,
          courseId: copy,
          contextId: 'a copy of a copy',
          originContextIds: ['this, and more', 'course-1'],
          originCourseIds: [original],
        },
      ]);
      const [link] = await links(copy);
      expect(link.origins).toEqual(
        family === 'moodle'
          ? []
          : [
              { resourceLinkId: 'link-this, and more', courseId: null },
              { resourceLinkId: 'link-course-1', courseId: original },
            ],
      );
    },
  );

  describe('of one platform', () => {
    let platform: SimulatedPlatform;
    let tool: LaunchedTool;
    beforeEach(async () => {
      platform = await scene.platform();
      const deploymentIds = ['1', '2', '3'];
      tool = await scene.register(
        platform,
        { deployments: deploymentIds },
        { deploymentIds, custom: HISTORY },
      );
    });

    it('is announced once, however often and in parallel it is launched', async () => {
      await platform.copyCourse({ contextId: 'copy', members: 8 });
      const launchAll = () =>
        Promise.all(
          platform
            .course('copy')
            .members.map(({ userId }) =>
              scene.browser().launch(scene.begin(platform, tool, { contextId: 'copy', userId })),
            ),
        );
      await launchAll();
      await launchAll();
      expect(copied.map(({ contextId }) => contextId)).toEqual(['copy']);
    });

    it('keeps the origins that a later launch does not state, and puts new ones first', async () => {
      const id = await launchedWith(platform, tool, { context_id_history: 'b,a' });
      await launchedWith(platform, tool, { context_id_history: '$Context.id.history' });
      await launchedWith(platform, tool, { context_id_history: 'a' });
      expect(await origins(id)).toMatchObject([{ contextId: 'b' }, { contextId: 'a' }]);
      await launchedWith(platform, tool, { context_id_history: 'c,b' });
      expect(await origins(id)).toMatchObject([{ contextId: 'c' }, { contextId: 'b' }, { contextId: 'a' }]);
      expect(copied.map(({ originContextIds }) => originContextIds)).toEqual([
        ['b', 'a'],
        ['c', 'b', 'a'],
      ]);
    });

    it('has at most 100 origins of one launch', async () => {
      const id = await launchedWith(platform, tool, {
        context_id_history: Array.from({ length: 5000 }, (_, index) => `c${index}`).join(','),
      });
      expect(await origins(id)).toHaveLength(100);
    });

    it('prefers the origin in its own deployment, and does not choose between two others', async () => {
      const [first, second] = await Promise.all(
        ['1', '2'].map(async (deploymentId) => {
          await scene.browser().launch(scene.begin(platform, tool, { deploymentId }));
          const { items } = await get(`/api/v1/courses?registrationId=${tool.registrationId}`);
          return items.find((course: { deploymentId: string }) => course.deploymentId === deploymentId).id;
        }),
      );
      await platform.copyCourse({ contextId: 'copy', members: 1 });
      const originIn = async (deploymentId: string) => {
        await scene.browser().launch(scene.begin(platform, tool, { contextId: 'copy', deploymentId }));
        const { items } = await get(`/api/v1/courses?registrationId=${tool.registrationId}`);
        const course = items.find(
          (one: { deploymentId: string; contextId: string }) =>
            one.deploymentId === deploymentId && one.contextId === 'copy',
        );
        return (await origins(course.id))[0].courseId;
      };
      expect(await originIn('1')).toBe(first);
      expect(await originIn('2')).toBe(second);
      expect(await originIn('3')).toBeNull();
    });

    it('does not take a course of another registration for its origin', async () => {
      await launchedCourse(platform, await scene.register(platform));
      await platform.copyCourse({ contextId: 'copy', members: 1 });
      const copy = await launchedCourse(platform, tool, { contextId: 'copy' });
      expect(await origins(copy)).toEqual([{ contextId: 'course-1', courseId: null }]);
    });

    it('loses its origins when it is deleted, and a deleted origin keeps only its id', async () => {
      const original = await launchedCourse(platform, tool);
      await platform.copyCourse({ contextId: 'copy', members: 1 });
      const copy = await launchedCourse(platform, tool, { contextId: 'copy' });
      await scene.lti.api('delete', `/api/v1/courses/${original}`).expect(204);
      expect(await origins(copy)).toEqual([{ contextId: 'course-1', courseId: null }]);
      await scene.lti.api('delete', `/api/v1/courses/${copy}`).expect(204);
      expect((await scene.lti.api('get', `/api/v1/courses/${copy}/origins`).expect(404)).body.code).toBe(
        'course_not_found',
      );
      // The row stays for its syncs.
      const stored = await scene.lti.app
        .get<DataSource>(getDataSourceToken(LTI_DATA_SOURCE))
        .query('SELECT origin_context_ids AS ids FROM nest_lti.course WHERE id = $1', [copy]);
      expect(stored).toEqual([{ ids: [] }]);
      platform.tamperNextLaunch({ claims: (claims) => ({ ...claims, [CUSTOM]: {} }) });
      const again = await launchedCourse(platform, tool, { contextId: 'copy' });
      expect(await origins(again)).toEqual([]);
    });
  });
});

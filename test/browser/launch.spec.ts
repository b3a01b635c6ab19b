import { Controller, Injectable, Module, Post, UseGuards } from '@nestjs/common';
import { type Locator, type Page } from 'playwright-core';
import { freePort } from '../../src/demo/free-port.js';
import {
  CurrentLaunchSession,
  type DeepLinkHandler,
  type DeepLinkResponse,
  DeepLinkingService,
  type LaunchReply,
  type LaunchSession,
  LtiLaunchGuard,
  type ReceivedLaunch,
} from '../../src/index.js';
import { html, jsonForScript, trustedHtml } from '../../src/launch/pages/html.js';
import { TargetLinkHandler } from '../../src/launch/target-link.handler.js';
import { SimulatedPlatform, type SimulatedPlatformOptions } from '../../src/testing/index.js';
import { COOKIELESS_HOST, useChromium } from '../support/chromium.js';
import { LtiTestApp } from '../support/lti-app.js';

/** A picker that renders itself: it takes the response as JSON and posts the form to the platform. */
@Injectable()
class Picker implements DeepLinkHandler {
  async handle({ session }: ReceivedLaunch): Promise<LaunchReply> {
    const token = await session.createToken();
    return {
      html: html`<!DOCTYPE html>
        <title>Pick a quiz</title>
        <button>Quiz 7</button>
        <script>
          const token = ${trustedHtml(jsonForScript(token))};
          document.querySelector('button').addEventListener('click', async () => {
            const headers = { authorization: 'Bearer ' + token };
            const response = await fetch('/picker/pick', { method: 'POST', headers });
            const { returnUrl, jwt } = await response.json();
            const form = Object.assign(document.createElement('form'), { method: 'post', action: returnUrl });
            form.append(Object.assign(document.createElement('input'), { name: 'JWT', value: jwt }));
            document.body.append(form);
            form.submit();
          });
        </script>`.markup,
    };
  }
}

@Controller('picker')
@UseGuards(LtiLaunchGuard)
class PickerController {
  constructor(private readonly deepLinking: DeepLinkingService) {}

  @Post('pick')
  pick(@CurrentLaunchSession() { id }: LaunchSession): Promise<DeepLinkResponse> {
    const lineItem = { scoreMaximum: 10, resourceId: 'quiz-7' };
    return this.deepLinking.respond(id, { items: [{ type: 'ltiResourceLink', title: 'Quiz 7', lineItem }] });
  }
}

@Module({ controllers: [PickerController] })
class PickerModule {}

const COURSE = { contextId: 'course-1', title: 'Course & <i>Söhne</i>', members: 3 };

describe('a launch in Chromium, third-party cookies being blocked', () => {
  const chromium = useChromium();
  const platforms: SimulatedPlatform[] = [];
  let lti: LtiTestApp;
  let publicUrl: string;
  let generic: SimulatedPlatform;

  beforeAll(async () => {
    publicUrl = `http://${COOKIELESS_HOST}:${await freePort(0)}`;
    lti = await LtiTestApp.start({
      publicUrl,
      launches: { handler: TargetLinkHandler, deepLinkHandler: Picker },
      host: [PickerModule],
    });
    generic = await start();
  });
  afterAll(async () => {
    for (const platform of platforms) await platform.stop();
    await lti.stop();
  });

  function addTool(platform: SimulatedPlatform, deploymentIds: string[]): void {
    platform.addTool({
      clientId: 'tool',
      jwksUrl: lti.jwksUrl,
      deploymentIds,
      launch: { loginUrl: `${publicUrl}/lti/login`, redirectUris: [`${publicUrl}/lti/launch`] },
    });
  }

  async function start(options: SimulatedPlatformOptions = {}): Promise<SimulatedPlatform> {
    const platform = await SimulatedPlatform.start({ ...options, clock: lti.clock });
    platforms.push(platform);
    platform.addCourse(COURSE);
    addTool(platform, ['1']);
    const { issuer, authorizationUrl, tokenUrl, jwksUrl, tokenAudience } = platform;
    const urls = { issuer, authorizationUrl, tokenUrl, jwksUrl, tokenAudience };
    await lti
      .api('post', '/api/v1/registrations', { name: issuer, clientId: 'tool', deployments: ['1'], ...urls })
      .expect(201);
    return platform;
  }

  /** The page of the platform on which its first member opens the tool. */
  const open = (
    platform: SimulatedPlatform,
    how: 'frame' | 'window',
    storage: 'on' | 'off',
  ): Promise<Page> => {
    const query = new URLSearchParams({
      client_id: 'tool',
      context_id: COURSE.contextId,
      user_id: memberOf(platform).userId,
      storage,
    });
    return chromium().open(`${platform.url}/_launch/${how}?${query.toString()}`);
  };

  const memberOf = (platform: SimulatedPlatform) => platform.course(COURSE.contextId).members[0]!;

  /** The default page of a launch shows the user and the course. */
  async function expectLaunched(platform: SimulatedPlatform, main: Locator): Promise<void> {
    await main.getByRole('heading', { name: 'The launch works' }).waitFor();
    const text = await main.innerText();
    expect(text).toContain(memberOf(platform).userId);
    expect(text).toContain(`${COURSE.title} (${COURSE.contextId})`);
    expect(chromium().console.filter((line) => /Content Security Policy|Uncaught/.test(line))).toEqual([]);
  }

  const inFrame = (page: Page): Locator => page.frameLocator('iframe[name=tool]').locator('main');

  it('works in a frame without any cookie by the storage of its parent', async () => {
    await expectLaunched(generic, inFrame(await open(generic, 'frame', 'on')));
  });

  it('works in a frame without any cookie by the storage frame of Canvas', async () => {
    const platform = await start({ family: 'canvas' });
    await expectLaunched(platform, inFrame(await open(platform, 'frame', 'on')));
  });

  it('works in a frame by a partitioned cookie where there is no storage', async () => {
    // Another site than the one whose frames cannot store cookies.
    const platform = await start({ host: 'localhost' });
    await expectLaunched(platform, inFrame(await open(platform, 'frame', 'off')));
  });

  it('offers a new window where there is neither, and that works, though the hint is good for one time only', async () => {
    const platform = await start({ family: 'moodle' });
    const page = await open(platform, 'frame', 'off');
    const button = inFrame(page).getByRole('button', { name: 'Open in a new window' });
    const opened = await chromium().opened(() => button.click());
    await expectLaunched(platform, opened.locator('main'));
    await inFrame(page)
      .getByRole('heading', { name: 'The activity continues in the other window' })
      .waitFor();
  });

  it('works in a window', async () => {
    const page = await open(generic, 'window', 'off');
    await expectLaunched(generic, page.locator('main'));
  });

  it('by which a teacher picks content comes back to the platform with a link and its line item', async () => {
    const query = new URLSearchParams({
      client_id: 'tool',
      context_id: COURSE.contextId,
      user_id: memberOf(generic).userId,
      message_type: 'LtiDeepLinkingRequest',
    });
    const page = await chromium().open(`${generic.url}/_launch/frame?${query.toString()}`);
    const frame = page.frameLocator('iframe[name=tool]');
    await frame.getByRole('button', { name: 'Quiz 7' }).click();
    await frame.getByRole('heading', { name: 'Added to the course' }).waitFor();
    const [link] = generic.course(COURSE.contextId).resourceLinks;
    expect(generic.gradebook(COURSE.contextId)).toEqual([
      expect.objectContaining({ label: 'Quiz 7', resourceId: 'quiz-7', resourceLinkId: link?.id }),
    ]);
    expect(chromium().console.filter((line) => /Content Security Policy|Uncaught/.test(line))).toEqual([]);
  });

  it('that goes wrong is explained on a page', async () => {
    addTool(generic, ['<b>another</b>']);
    const main = inFrame(await open(generic, 'frame', 'on'));
    await main.getByRole('heading', { name: 'The activity could not be opened' }).waitFor();
    expect(await main.innerText()).toMatch(/deployment "<b>another<\/b>"[\s\S]*deployment_unknown, 403/);
  });
});

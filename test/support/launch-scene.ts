import { randomUUID } from 'node:crypto';
import { freePort } from '../../src/demo/free-port.js';
import {
  type LaunchInput,
  type LoginInitiation,
  SimulatedBrowser,
  SimulatedPlatform,
  type SimulatedPlatformOptions,
} from '../../src/testing/index.js';
import { LtiTestApp, type LtiTestOptions } from './lti-app.js';

/** The tool at a platform: its client id there, and the id of its registration. */
export interface LaunchedTool {
  clientId: string;
  registrationId: string;
}

/** An app that browsers reach at its public URL, and platforms that launch it, all on one clock. */
export class LaunchScene {
  private readonly platforms: SimulatedPlatform[] = [];

  private constructor(readonly lti: LtiTestApp) {}

  static async start(options: LtiTestOptions = {}): Promise<LaunchScene> {
    const publicUrl = `http://127.0.0.1:${await freePort(0)}${options.prefix ?? ''}`;
    return new LaunchScene(await LtiTestApp.start({ ...options, publicUrl }));
  }

  async platform(options: Omit<SimulatedPlatformOptions, 'clock'> = {}): Promise<SimulatedPlatform> {
    const platform = await SimulatedPlatform.start({ throttles: false, ...options, clock: this.lti.clock });
    this.platforms.push(platform);
    platform.addCourse({ contextId: 'course-1', title: 'Course & Söhne', members: 5, coupledLineItem: true });
    return platform;
  }

  /** Registers the tool at the platform, and the platform at the tool. */
  async register(
    platform: SimulatedPlatform,
    changes: Record<string, unknown> = {},
    {
      custom,
      ...tool
    }: {
      deploymentIds?: string[];
      scopes?: string[];
      custom?: Record<string, string>;
      lti11?: { consumerKey: string; secret: string };
    } = {},
  ): Promise<LaunchedTool> {
    const clientId = randomUUID();
    const { url, jwksUrl } = this.lti;
    platform.addTool({
      clientId,
      jwksUrl,
      launch: {
        loginUrl: `${url}/lti/login`,
        redirectUris: [`${url}/lti/launch`],
        ...(custom && { custom }),
      },
      ...tool,
      lti11: tool.lti11 && { ...tool.lti11, launchUrl: `${url}/lti/1.1/launch` },
    });
    const { body } = await this.lti
      .api('post', '/api/v1/registrations', {
        name: `A ${platform.family} platform`,
        issuer: platform.issuer,
        clientId,
        authorizationUrl: platform.authorizationUrl,
        tokenUrl: platform.tokenUrl,
        jwksUrl: platform.jwksUrl,
        tokenAudience: platform.tokenAudience,
        deployments: ['1'],
        ...changes,
      })
      .expect(201);
    return { clientId, registrationId: body.id as string };
  }

  /** A launch; by default of the first member of course-1. */
  begin(
    platform: SimulatedPlatform,
    { clientId }: Pick<LaunchedTool, 'clientId'>,
    input: Omit<Partial<LaunchInput>, 'clientId'> = {},
  ): LoginInitiation {
    const [member] = platform.course(input.contextId ?? 'course-1').members;
    return platform.startLaunch({
      clientId,
      contextId: 'course-1',
      userId: member!.userId,
      platformStorage: false,
      ...input,
    });
  }

  browser(): SimulatedBrowser {
    return new SimulatedBrowser({ clock: this.lti.clock });
  }

  async stop(): Promise<void> {
    for (const platform of this.platforms) await platform.stop();
    await this.lti.stop();
  }
}

/** The fields of a form. */
export function formBody(fields: readonly (readonly [string, string])[]): URLSearchParams {
  return new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value]));
}

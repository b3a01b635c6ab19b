import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { configuredRoutes } from './common/openapi/application-routes.js';
import { ConfigurationInvalid } from './common/reactions.errors.js';
import { LtiConfig } from './config/lti-config.js';
import { JWKS_PATH, JwksController } from './keys/jwks.controller.js';
import { LAUNCH_PATH, LOGIN_PATH } from './launch/launch-paths.js';
import { LTI11_LAUNCH_PATH } from './launch/lti11/lti11-launch.service.js';
import { Lti11Controller } from './launch/lti11/lti11.controller.js';
import { OidcController } from './launch/oidc/oidc.controller.js';
import { NoticeController } from './notices/notice.controller.js';
import { NOTICES_PATH } from './notices/platform-notification.service.js';
import { ConsentController } from './user-grants/consent/consent.controller.js';
import { AUTHORIZE_PATH, CALLBACK_PATH, LOGOUT_PATH } from './user-grants/user-grant-paths.js';

const CONTROLLERS: readonly unknown[] = [
  ConsentController,
  JwksController,
  Lti11Controller,
  NoticeController,
  OidcController,
];
/** The paths below the public URL that platforms and browsers are given. */
const PATHS = [
  AUTHORIZE_PATH,
  CALLBACK_PATH,
  JWKS_PATH,
  LAUNCH_PATH,
  LOGIN_PATH,
  LOGOUT_PATH,
  LTI11_LAUNCH_PATH,
  NOTICES_PATH,
];

/** Plain http to this machine is a secure context of browsers, too. */
const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Logs at boot where platforms call, and checks that the host serves our routes below the public URL: with a global prefix, or a path by `RouterModule`, the
 * URLs that we give to platforms and browsers would otherwise lead nowhere.
 */
@Injectable()
export class MountedRoutes implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger('LtiModule');

  constructor(
    private readonly application: ApplicationConfig,
    private readonly modules: ModulesContainer,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {}

  /** @throws ConfigurationInvalid */
  onModuleInit(): void {
    const prefixes = this.prefixes();
    const [prefix = ''] = prefixes;
    const isBelow = new URL(this.config.publicUrl).pathname.replace(/\/$/, '').endsWith(prefix);
    if (prefixes.length <= 1 && isBelow) return;
    const fault =
      prefixes.length > 1
        ? "cannot be right: the application's global prefix applies to some of nest-lti's routes and not to others. Take"
        : `must end in "${prefix}": the application serves nest-lti's routes there, such as ${prefix}${LAUNCH_PATH}. Or take`;
    const exclude = "app.setGlobalPrefix(prefix, { exclude: ['lti/{*path}', 'user-grants/{*path}'] })";
    throw ConfigurationInvalid.of([
      { name: 'publicUrl', message: `${fault} them out of the prefix: ${exclude}` },
    ]);
  }

  onApplicationBootstrap(): void {
    const { publicUrl } = this.config;
    this.logger.log(`Platforms start launches at ${publicUrl}${LOGIN_PATH}`);
    const { protocol, hostname } = new URL(publicUrl);
    if (protocol === 'https:' || LOOPBACK.test(hostname)) return;
    this.logger.warn(
      `publicUrl (PUBLIC_URL) is ${publicUrl}: platforms launch only https tools, and browsers do not keep cookies of a plain ` +
        'http tool in a frame. Set it to the https URL of the proxy in front.',
    );
  }

  /** What the host puts before our paths. */
  private prefixes(): string[] {
    const prefixes = configuredRoutes(this.application, this.modules)
      .filter(({ controller }) => CONTROLLERS.includes(controller))
      .flatMap(({ path }) => {
        const ours = PATHS.find((one) => path.endsWith(one));
        return ours === undefined ? [] : [path.slice(0, -ours.length)];
      });
    return [...new Set(prefixes)];
  }
}

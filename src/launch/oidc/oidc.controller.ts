import { Get, HttpCode, Inject, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import { parseCookie, stringifySetCookie } from 'cookie';
import { addCookie, type HttpReply, redirect, setHeaders } from '../../common/http-reply.js';
import { type HttpRequest } from '../../common/http-request.js';
import { BrowserController } from '../../common/browser-controller.decorator.js';
import { Operation, type OperationOptions } from '../../common/openapi/operation.decorator.js';
import { LtiConfig } from '../../config/lti-config.js';
import { LAUNCH_PATH, LOGIN_PATH } from '../launch-paths.js';
import { WorkMetrics } from '../../metrics/work-metrics.js';
import { FORM_TYPE, LaunchFields, readFields } from '../launch-form.js';
import { LaunchService } from '../launch.service.js';
import { launchByGet } from '../launch-by-get.js';
import { launchFormSchema, loginRequestSchema } from '../launch-request.schema.js';
import { sendReply } from '../launch-reply.js';
import { LaunchErrorFilter } from '../pages/launch-error.filter.js';
import { loginPage } from '../pages/login.page.js';
import { proofPage } from '../pages/proof.page.js';
import { OidcLaunchService, type SignedLaunch } from './oidc-launch.service.js';
import {
  type BegunLogin,
  LOGIN_LIFE_MS,
  OidcLoginService,
  secretNameOf,
  storageOriginOf,
} from './oidc-login.service.js';
import { launchErrors } from '../launch.errors.js';

/** The field in which the proof page posts the secret that the platform's storage has kept. */
const STORAGE_FIELD = 'lti_storage_value';

const LOGIN: OperationOptions = {
  summary: 'Start a launch by LTI 1.3: the platform sends the browser here',
  pages: {
    200: 'In a frame: a page that stores a secret in the browser and goes on to the platform',
    302: "The platform's authorization URL, with the state of the launch",
  },
  errors: {
    400: 'launch_parameter_missing, launch_parameter_invalid, launch_form_unreadable or registration_ambiguous',
    404: 'issuer_unknown',
  },
};

/** The endpoints for the browser in a launch by LTI 1.3. */
@BrowserController('launches')
@UseFilters(LaunchErrorFilter)
export class OidcController {
  private readonly publicUrl: URL;

  constructor(
    private readonly logins: OidcLoginService,
    private readonly oidcLaunches: OidcLaunchService,
    private readonly launches: LaunchService,
    private readonly metrics: WorkMetrics,
    @Inject(LtiConfig) private readonly config: LtiConfig,
  ) {
    this.publicUrl = new URL(config.publicUrl);
  }

  @Get(LOGIN_PATH)
  @Operation({ ...LOGIN, query: loginRequestSchema })
  async loginByGet(
    @Query() query: unknown,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    await this.login(LaunchFields.of(query), request, reply);
  }

  @Post(LOGIN_PATH)
  @HttpCode(200)
  @Operation({
    ...LOGIN,
    requestBody: { required: true, content: { [FORM_TYPE]: loginRequestSchema } },
    errors: { ...LOGIN.errors, 413: 'launch_form_too_large' },
  })
  async loginByPost(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    await this.login(await readFields(request), request, reply);
  }

  /** For users who reload the page or open a bookmark. */
  @Get(LAUNCH_PATH)
  @Operation({
    summary: 'A launch URL that was opened by a bookmark or a reload',
    pages: {},
    errors: { 405: 'launch_not_posted: open the activity from its course' },
  })
  launchByGet(@Res() reply: HttpReply): never {
    throw launchByGet(reply);
  }

  @Post(LAUNCH_PATH)
  @HttpCode(200)
  @Operation({
    summary: 'A launch by LTI 1.3: the browser posts the id_token of the platform',
    requestBody: { required: true, content: { [FORM_TYPE]: launchFormSchema } },
    pages: {
      200: 'A page that posts the launch to the tool, shows it, or proves that the login began in this browser',
      303: 'The tool, with a one-time code for `POST /api/v1/launch-sessions/exchange`',
    },
    errors: {
      400: 'launch_parameter_missing, launch_parameter_invalid, launch_form_unreadable, state_unknown, state_expired, state_replayed, claim_missing, claim_invalid, lti_version_unsupported or message_type_unsupported',
      401: 'id_token_expired, id_token_audience and the other faults of an id_token',
      403: 'launch_declined, state_foreign, deployment_unknown, anonymous_launch_refused or target_link_uri_not_allowed',
      404: 'registration_not_found: it was deleted since the login',
      413: 'launch_form_too_large',
      503: 'platform_keys_unavailable or database_unavailable',
    },
  })
  launch(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.metrics.launch('1.3', (isOf) => this.receive(request, reply, isOf));
  }

  /** @returns `proof_page` if the browser first has to prove that the login began there */
  private async receive(
    request: HttpRequest,
    reply: HttpReply,
    isOf: (registrationId: string) => void,
  ): Promise<'proof_page' | undefined> {
    const fields = await readFields(request);
    const launch = await this.oidcLaunches.verify(fields, isOf);
    const name = secretNameOf(launch.state);
    const cookie = parseCookie(request.headers.cookie ?? '')[this.cookieName(name)];
    const stored = this.isFromOurPage(request) ? fields.get(STORAGE_FIELD) : undefined;
    if (cookie === undefined && stored === undefined && isBrowser(request)) {
      // A reload or a second click: the first launch removed the cookie, and a new window would not bring it back.
      if (await this.oidcLaunches.isUsed(launch)) throw launchErrors.stateReplayed();
      sendReply(reply, this.proofPageOf(launch, name, fields));
      return 'proof_page';
    }
    const nonce = this.oidcLaunches.nonceFor(
      launch,
      [cookie, stored].filter((secret) => secret !== undefined),
    );
    const answer = await this.launches.receive({ ...launch, nonce });
    addCookie(reply, this.cookie(name, '', 0));
    sendReply(reply, answer);
    return undefined;
  }

  private async login(fields: LaunchFields, request: HttpRequest, reply: HttpReply): Promise<void> {
    const login = await this.logins.begin(fields);
    addCookie(reply, this.cookie(login.secret.name, login.secret.value, LOGIN_LIFE_MS / 1000));
    if (mayLackCookies(request, login)) {
      sendReply(reply, this.loginPageOf(login));
      return;
    }
    setHeaders(reply, { 'Cache-Control': 'no-store' });
    redirect(reply, 302, login.authorizationUrl);
  }

  private loginPageOf({ authorizationUrl, loginParameters, secret, storage }: BegunLogin) {
    return loginPage({
      authorizationUrl,
      loginUrl: this.config.publicUrl + LOGIN_PATH,
      loginParameters,
      storage: { frame: storage.frame, origin: storage.origin, key: secret.name, value: secret.value },
    });
  }

  private proofPageOf({ state, registration }: SignedLaunch, key: string, fields: LaunchFields) {
    return proofPage({
      launchUrl: this.config.publicUrl + LAUNCH_PATH,
      idToken: fields.get('id_token') ?? '',
      state: fields.get('state') ?? '',
      loginUrl: this.config.publicUrl + LOGIN_PATH,
      loginParameters: state.loginParameters,
      storage: {
        frame: fields.get('lti_storage_target') ?? state.storageFrame,
        origin: storageOriginOf(registration),
        key,
      },
    });
  }

  /**
   * An attacker who begins a login knows its secret. Posted by the attacker's page in another user's browser, the secret proves
   * nothing. Only our proof page has read it from the platform's storage of this browser.
   */
  private isFromOurPage({ headers }: HttpRequest): boolean {
    return headers['sec-fetch-site'] === 'same-origin' || headers.origin === this.publicUrl.origin;
  }

  /** With this prefix, no other host can set a cookie for this one (RFC 6265bis 4.1.3.2). It needs https. */
  private cookieName(name: string): string {
    return this.publicUrl.protocol === 'https:' ? `__Host-${name}` : name;
  }

  /** Partitioned by the platform's site: browsers that block other third-party cookies allow this one. */
  private cookie(name: string, value: string, maxAgeSeconds: number): string {
    return stringifySetCookie(this.cookieName(name), value, {
      path: '/',
      maxAge: maxAgeSeconds,
      httpOnly: true,
      secure: true,
      sameSite: 'none',
      partitioned: true,
    });
  }
}

/** In a frame, cookies may be blocked. A platform that offers its storage expects this too. */
function mayLackCookies(request: HttpRequest, { storage }: BegunLogin): boolean {
  const destination = request.headers['sec-fetch-dest'];
  if (destination === 'document') return false;
  return destination === 'iframe' || destination === 'frame' || storage.frame !== undefined;
}

/** Whether the client can show a page and run its script. */
function isBrowser(request: HttpRequest): boolean {
  return (request.headers.accept ?? '').includes('text/html');
}

import { Controller, Get, Injectable, Module, UseFilters, UseGuards } from '@nestjs/common';
import {
  CurrentLaunchSession,
  type LaunchHandler,
  type LaunchReply,
  type LaunchSession,
  LaunchSessionService,
  LtiLaunchGuard,
  ProblemDetailsFilter,
  type ReceivedLaunch,
} from '../../src/index.js';
import { html, jsonForScript, trustedHtml } from '../../src/launch/pages/html.js';
import { UserApiClient } from '../../src/user-grants/api/user-api-client.js';
import { UserGrantsModule } from '../../src/user-grants/user-grants.module.js';
import { type GrantResolution, UserGrantService } from '../../src/user-grants/user-grant.service.js';

/** A tool whose page in the LMS's frame shows its user's name from the platform's API. */
@Injectable()
class ProfileLaunches implements LaunchHandler {
  constructor(
    private readonly sessions: LaunchSessionService,
    private readonly grants: UserGrantService,
  ) {}

  async handle({ session: { id, createToken } }: ReceivedLaunch): Promise<LaunchReply> {
    const resolution = await this.grants.resolve({ session: await this.sessions.get(id) });
    return { html: toolPage(resolution, await createToken()) };
  }
}

@Controller('tool')
@UseGuards(LtiLaunchGuard)
@UseFilters(ProblemDetailsFilter)
class ProfileController {
  constructor(private readonly api: UserApiClient) {}

  @Get('profile')
  async profile(
    @CurrentLaunchSession() { id, registrationId, userId }: LaunchSession,
  ): Promise<{ name: string }> {
    const grant = { registrationId: registrationId!, userId: userId!, launchSessionId: id };
    const { body } = await this.api.get(grant, '/api/v1/users/self/profile');
    return { name: (JSON.parse(body) as { name: string }).name };
  }
}

@Module({ imports: [UserGrantsModule], controllers: [ProfileController] })
class ProfileModule {}

/** The tool as options of `LtiTestApp`. */
export const profileTool = {
  launches: { handler: ProfileLaunches, imports: [UserGrantsModule] },
  host: [ProfileModule],
};

/**
 * Says in `output` what came of the last step. `Authorize` and `Authorize here` are there while the user has to; they go to the
 * same address, in a window and in the frame.
 */
function toolPage(resolution: GrantResolution, token: string): string {
  return html`<!DOCTYPE html>
    <title>Your profile</title>
    <main>
      <h1>Your profile</h1>
      <p><output></output></p>
      <p id="authorize" hidden>
        <a target="_blank" rel="opener">Authorize</a>
        <a>Authorize here</a>
      </p>
      <button id="profile">Show my profile</button>
      <button id="logout">Log out</button>
    </main>
    <script>
      const { resolution, token } = ${trustedHtml(jsonForScript({ resolution, token }))};
      ${trustedHtml(script)};
    </script>`.markup;
}

const script = `
const says = (text) => { document.querySelector('output').textContent = text; };

const offer = (authorizeUrl) => {
  const section = document.getElementById('authorize');
  section.hidden = authorizeUrl === undefined;
  for (const link of section.querySelectorAll('a')) link.href = authorizeUrl ?? '';
};

const onClick = (id, method, path, show) => document.getElementById(id).addEventListener('click', async () => {
  says('Please wait.');
  const response = await fetch(path, { method, headers: { authorization: 'Bearer ' + token } });
  const text = await response.text();
  const answer = text === '' ? {} : JSON.parse(text);
  offer(answer.authorizeUrl);
  says(response.ok ? show(answer) : [response.status, answer.code, answer.reason].join(' '));
});

onClick('profile', 'GET', '/tool/profile', ({ name }) => 'You are ' + name + '.');
onClick('logout', 'POST', '/user-grants/logout', () => 'You are logged out.');
addEventListener('message', ({ origin, data }) => {
  if (origin === location.origin) says(['Heard of', data.subject, data.status, data.code].filter(Boolean).join(' '));
});
offer(resolution.authorizeUrl);
says(['Launched:', resolution.status, resolution.reason].filter(Boolean).join(' '));
`;

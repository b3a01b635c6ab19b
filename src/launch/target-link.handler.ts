import { Inject, Injectable } from '@nestjs/common';
import { LtiConfig } from '../config/lti-config.js';
import { type LaunchHandler, type ReceivedLaunch } from './launch-handler.js';
import { type LaunchReply } from './launch-reply.js';
import { launchedPage } from './pages/launched.page.js';
import { launchErrors } from './launch.errors.js';

/**
 * The handler if the embedder has none: sends the browser to the signed target_link_uri (CORE 5.3.4), if that is a URL of the tool,
 * with a one-time `code`. If no tool is configured, the browser gets a page that shows the launch.
 */
@Injectable()
export class TargetLinkHandler implements LaunchHandler {
  private readonly toolUrls: readonly URL[];
  private readonly codeIn: LtiConfig['launch']['codeIn'];
  private readonly ourUrl: URL;

  constructor(@Inject(LtiConfig) { launch, publicUrl }: LtiConfig) {
    this.toolUrls = launch.toolUrls.map((url) => new URL(url));
    this.codeIn = launch.codeIn;
    this.ourUrl = new URL(publicUrl);
  }

  /** @throws {LaunchRefused} `target_link_uri_not_allowed` */
  handle(launch: ReceivedLaunch): LaunchReply {
    const [firstTool] = this.toolUrls;
    if (firstTool === undefined) return launchedPage(launch.context, launch.session.id);
    const target = this.targetOf(launch.context.targetLinkUri, firstTool);
    if (this.codeIn === 'form') return { postTo: target.href, fields: { code: launch.oneTimeCode } };
    target.searchParams.set('code', launch.oneTimeCode);
    return { redirectTo: target.href };
  }

  private targetOf(targetLinkUri: string | undefined, firstTool: URL): URL {
    if (targetLinkUri === undefined) return new URL(firstTool);
    const target = parsed(targetLinkUri);
    if (target === undefined) throw launchErrors.targetLinkNotAllowed('something that is not a URL');
    if (this.toolUrls.some((tool) => isBelow(target, tool))) return target;
    // Many platforms have a single URL of the tool: the launch URL of this service.
    if (isBelow(target, this.ourUrl)) return withQueryOf(target, firstTool);
    throw launchErrors.targetLinkNotAllowed(target.origin);
  }
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** The same origin, and the same path or one below it. A URL with a user name can look like one of another host. */
function isBelow(target: URL, base: URL): boolean {
  if (target.origin !== base.origin || target.username !== '' || target.password !== '') return false;
  const path = base.pathname.replace(/\/$/, '');
  return target.pathname === path || target.pathname.startsWith(`${path}/`);
}

/** The tool's URL with the query and fragment of the target: the teacher who made the link wrote them for the tool. */
function withQueryOf(target: URL, tool: URL): URL {
  const url = new URL(tool);
  for (const [name, value] of target.searchParams) url.searchParams.append(name, value);
  url.hash = target.hash;
  return url;
}

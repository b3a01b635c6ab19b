import { type DeepLinkingQuirks } from '../families/launch-quirks.js';
import { type ServiceRefusal } from '../families/refusals.js';
import { mediaType, type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { refusalAnswer, refusedRequest } from '../http/refusal-answer.js';
import { claimNames } from '../launch/claim-names.js';
import { launchValues } from '../launch/launch-values.js';
import { deepLinkingSettings } from '../launch/message-claims.js';
import { type SimulatedLaunch } from '../launch/simulated-launch.js';
import { escapeHtml, table } from '../pages/html.js';
import { pageAnswer } from '../pages/page-answer.js';
import { coursePath } from '../pages/platform-paths.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { contextIn, type PlatformState } from '../platform/platform-state.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { TokenRefused } from '../tokens/token.errors.js';
import { signedClaims } from '../tokens/tool-signature.js';
import { type SimulatedContentItem } from './content-item.schema.js';
import { checkResponse } from './deep-link-check.js';
import { DeepLinkRefused } from './deep-link.errors.js';

const defaultRefusal: ServiceRefusal = { status: 400, body: 'html', message: '{detail}' };

/** The return URL of deep linking (DL 4.4): the user's browser posts what the user has picked, signed by the tool. */
export class DeepLinkReturnRoute implements PlainRoute {
  readonly #platform: PlatformState;
  /** The path of the return URL, with `{context}` in it if the course is not in the query. */
  readonly #path: string;

  constructor(platform: PlatformState) {
    this.#platform = platform;
    const [path = ''] = platform.family.launch.deepLinking.returnPath.split('?');
    this.#path = path.replace('{contextId}', '{context}');
  }

  matches(path: string): boolean {
    return (
      path === this.#path || (this.#path.includes('{context}') && contextIn(path, this.#path) !== undefined)
    );
  }

  async answer(request: PlatformRequest): Promise<Answer> {
    const { counters, family } = this.#platform;
    counters.counts.deepLinkResponses += 1;
    try {
      const jwt = jwtOf(request);
      const launch = this.#launchOf(request);
      const settings = this.#settingsOf(launch);
      if (request.url.href !== new URL(settings.deep_link_return_url as string).href) {
        throw new DeepLinkRefused(
          'altered_return_url',
          'This is not the deep_link_return_url that was sent.',
        );
      }
      const payload = await signedClaims(jwt, launch.tool, this.#platform);
      const items = checkResponse(payload, launch, settings, this.#platform);
      for (const item of items) addToCourse(item, launch, family.launch.deepLinking);
      if (!items.some(({ type }) => type === 'ltiResourceLink'))
        addWithoutLink(launch.course, family.launch.deepLinking);
      counters.counts.contentItemsAccepted += items.length;
      return donePage(items, launch.course, payload as Record<string, unknown>);
    } catch (error) {
      if (!(error instanceof DeepLinkRefused || error instanceof TokenRefused)) throw error;
      counters.countRejection(error.reason);
      const { refusal = defaultRefusal } = family.launch.deepLinking;
      const detail = refusal.body === 'html' ? escapeHtml(error.message) : error.message;
      return refusalAnswer(refusal, error.reason, refusedRequest(request), { detail });
    }
  }

  #launchOf({ url }: PlatformRequest): SimulatedLaunch {
    const { launchParameter = 'launch' } = this.#platform.family.launch.deepLinking;
    const launch = this.#platform.launches.findDeepLinking(url.searchParams.get(launchParameter) ?? '');
    if (launch === undefined) {
      throw new DeepLinkRefused('unknown_launch', 'This is the return URL of no deep linking request.');
    }
    return launch;
  }

  #settingsOf(launch: SimulatedLaunch): Record<string, unknown> {
    return deepLinkingSettings(launch, this.#platform, launchValues(launch, this.#platform));
  }
}

function jwtOf({ method, headers, body }: PlatformRequest): string {
  if (method !== 'POST') throw new DeepLinkRefused('wrong_method', 'Send the response by POST.');
  if (mediaType(headers['content-type']) !== 'application/x-www-form-urlencoded') {
    throw new DeepLinkRefused('wrong_content_type', 'Send the response as a form.');
  }
  const [jwt = '', ...others] = new URLSearchParams(body).getAll('JWT');
  if (others.length > 0) throw new DeepLinkRefused('repeated_parameter', 'JWT is given twice.');
  if (jwt === '') throw new DeepLinkRefused('missing_parameter', 'JWT is missing.');
  return jwt;
}

/** A resource link gets an id and its line item, and can be launched from then on. */
function addToCourse(
  item: SimulatedContentItem,
  { course, placement = '' }: SimulatedLaunch,
  { placements }: DeepLinkingQuirks,
): void {
  course.contentItems.push(item);
  if (item.type !== 'ltiResourceLink') return;
  const { url, title, text, custom } = item;
  const hasLineItems = placements?.withLineItems.includes(placement) ?? true;
  const lineItem = hasLineItems ? item.lineItem : undefined;
  const id = `${course.contextId}-link-${course.resourceLinks.length + 1}`;
  course.resourceLinkIds.push(id);
  const label = lineItem?.label ?? title ?? 'Untitled';
  const added =
    lineItem && course.gradebook.addLineItem({ ...lineItem, label, resourceLinkId: id, coupled: true });
  course.resourceLinks.push({ id, url, title, text, custom, lineItemUrl: added?.url });
}

/** Lessons of Sakai adds an item for a response without a resource link, although there is nothing to open. */
function addWithoutLink(
  course: SimulatedCourse,
  { withoutResourceLink = 'nothing' }: DeepLinkingQuirks,
): void {
  if (withoutResourceLink === 'unusable-link') course.resourceLinks.push({ id: '/blti/null', url: '' });
}

function donePage(
  items: readonly SimulatedContentItem[],
  course: SimulatedCourse,
  claims: Record<string, unknown>,
): Answer {
  const messages = [claims[claimNames.deepLinkingMessage], claims[claimNames.deepLinkingErrorMessage]]
    .filter((text) => typeof text === 'string')
    .map((text) => `<p>${escapeHtml(text)}</p>`);
  const title = items.length === 0 ? 'Nothing was added' : 'Added to the course';
  const rows = items.map(({ type, title: name = '' }) => [type, name]);
  return pageAnswer({
    title,
    body: `<main>
<h1>${title}</h1>
${messages.join('\n')}
${table(course.title, ['Type', 'Title'], rows)}
<p><a href="${escapeHtml(coursePath('course', course.contextId))}" target="_parent">Back to the course</a></p>
</main>`,
  });
}

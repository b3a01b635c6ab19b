import { ZodError } from 'zod';
import { LtiError } from '../../common/lti-error.js';
import {
  keySwitchSchema,
  newCourseSchema,
  newMembersSchema,
  newRegistrationSchema,
} from './control-api.schema.js';
import { controlBody } from './control-body.js';
import { controlLaunches } from './launch-control.js';
import { registrationStart } from '../dynamic-registration/dynamic-registration-route.js';
import { faultSchema } from '../faults/fault.schema.js';
import { controlGradebook } from './gradebook-control.js';
import { type Answer, jsonAnswer, type PlatformRequest } from '../http/http-exchange.js';
import { type PlainRoute } from '../platform/platform-server.js';
import { type PlatformState } from '../platform/platform-state.js';
import { roster } from '../memberships/roster.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedTool, simulatedToolSchema } from '../tools/simulated-tool.js';
import { controlUserOAuth } from './user-oauth-control.js';

const prefix = '/_control/';

/** Controls a platform in another process, by JSON under /_control/. */
export class ControlApi implements PlainRoute {
  readonly #platform: PlatformState;

  constructor(platform: PlatformState) {
    this.#platform = platform;
  }

  matches(path: string): boolean {
    return path.startsWith(prefix);
  }

  answer(request: PlatformRequest): Answer {
    try {
      return this.#route(request);
    } catch (error) {
      if (error instanceof ZodError)
        return jsonAnswer(400, { error: 'invalid_request', issues: error.issues });
      if (error instanceof URIError) return jsonAnswer(400, { error: 'invalid_path' });
      if (error instanceof SyntaxError) return jsonAnswer(400, { error: 'invalid_json' });
      if (error instanceof LtiError)
        return jsonAnswer(error.status, { error: error.code, message: error.message });
      throw error;
    }
  }

  #route(request: PlatformRequest): Answer {
    const [resource, id, part] = request.url.pathname.slice(prefix.length).split('/').map(decodeURIComponent);
    const platform = this.#platform;
    switch ([request.method, resource, ...(id === undefined ? [] : [':id', part])].join(' ')) {
      case 'GET state':
        return jsonAnswer(200, stateOf(platform));
      case 'GET counts':
        return jsonAnswer(200, platform.counters.counts);
      case 'POST tools': {
        const tool = platform.addTool(simulatedToolSchema.parse(controlBody(request)));
        return jsonAnswer(201, toolSummary(tool));
      }
      case 'POST registrations': {
        const { registrationUrl, existingClientId } = newRegistrationSchema.parse(controlBody(request));
        return jsonAnswer(201, { url: registrationStart(platform, registrationUrl, existingClientId) });
      }
      case 'GET courses':
        return jsonAnswer(200, [...platform.courses.values()].map(courseSummary));
      case 'POST courses':
        return jsonAnswer(
          201,
          courseSummary(platform.addCourse(newCourseSchema.parse(controlBody(request)))),
        );
      case 'PUT courses :id members': {
        const course = platform.course(id ?? '');
        const { members } = newMembersSchema.parse(controlBody(request));
        course.members = typeof members === 'number' ? roster(members, platform.family.userIds) : members;
        return jsonAnswer(200, courseSummary(course));
      }
      case 'POST courses :id withdraw-tool':
        platform.course(id ?? '').toolWithdrawn = true;
        return jsonAnswer(200, courseSummary(platform.course(id ?? '')));
      case 'GET faults':
        return jsonAnswer(200, platform.faults.pending);
      case 'POST faults':
        return jsonAnswer(201, platform.faults.add(faultSchema.parse(controlBody(request))));
      case 'DELETE faults':
        platform.faults.clear();
        return jsonAnswer(200, []);
      case 'POST keys': {
        const { clientId, isOff } = keySwitchSchema.parse(controlBody(request));
        platform.switchKey(clientId, isOff ? 'off' : 'on');
        return jsonAnswer(200, [...platform.keysOff]);
      }
      case 'POST expire-tokens':
        platform.issuedTokens.expireAll();
        return jsonAnswer(200, { expired: platform.issuedTokens.all.length });
      case 'GET score-traffic':
        return jsonAnswer(200, scoreTrafficOf(platform));
      case 'DELETE score-traffic':
        platform.scoreTraffic.reset();
        return jsonAnswer(200, scoreTrafficOf(platform));
      default:
        return this.#routeFurther(request, resource, id, part);
    }
  }

  #routeFurther(
    request: PlatformRequest,
    resource: string | undefined,
    id: string | undefined,
    part: string | undefined,
  ): Answer {
    if (resource === 'user-oauth') {
      const answer = controlUserOAuth(this.#platform, id, part, request);
      if (answer !== undefined) return answer;
    }
    if (id === undefined) {
      const launches = controlLaunches(this.#platform, resource, request);
      if (launches !== undefined) return launches;
    }
    const course = resource === 'courses' && id !== undefined ? this.#platform.courses.get(id) : undefined;
    const answer = course === undefined ? undefined : controlGradebook(course, part, request);
    return answer ?? jsonAnswer(404, { error: 'not_found' });
  }
}

function scoreTrafficOf({ scoreTraffic }: PlatformState) {
  const { mostInFlight, mostInFlightForOne, overlapping } = scoreTraffic;
  return { mostInFlight, mostInFlightForOne, overlapping };
}

function stateOf(platform: PlatformState) {
  const { url, issuer, authorizationUrl, tokenUrl, tokenAudience, jwksUrl } = platform;
  const tools = [...platform.tools.values()].map(toolSummary);
  return {
    family: platform.family.name,
    url,
    issuer,
    authorizationUrl,
    tokenUrl,
    tokenAudience,
    jwksUrl,
    tools,
  };
}

// The secret of LTI 1.1 is left out.
function toolSummary({ clientId, deploymentIds, scopes, launch, lti11 }: SimulatedTool) {
  return { clientId, deploymentIds, scopes, launch, lti11ConsumerKey: lti11?.consumerKey };
}

function courseSummary({ contextId, title, membershipsUrl, lineItemsUrl, members }: SimulatedCourse) {
  return { contextId, title, membershipsUrl, lineItemsUrl, memberCount: members.length };
}

import { z } from 'zod';
import { launchAttackNames, launchAttacks } from '../launch/attacks/launch-attacks.js';
import { controlBody } from './control-body.js';
import { type Answer, jsonAnswer, type PlatformRequest } from '../http/http-exchange.js';
import { launchInputSchema } from '../launch/launch-input.schema.js';
import { startLti11Launch } from '../launch/lti11/lti11-launch.js';
import { lti11LaunchInputSchema } from '../launch/lti11/lti11-launch-input.schema.js';
import { type PlatformState } from '../platform/platform-state.js';
import { signingAlgorithms } from '../keys/signing-key-pair.js';

const attackSchema = z.strictObject({ name: z.enum(launchAttackNames) });
const rotationSchema = z.strictObject({ algorithm: z.enum(signingAlgorithms).optional() });
const keySetSchema = z.strictObject({ cacheControl: z.string().nullable() });

/** The control API of launches and of the platform's keys; undefined for other requests. */
export function controlLaunches(
  platform: PlatformState,
  resource: string | undefined,
  request: PlatformRequest,
): Answer | undefined {
  switch (`${request.method} ${resource ?? ''}`) {
    case 'POST launches':
      return jsonAnswer(201, platform.launches.start(launchInputSchema.parse(controlBody(request))));
    case 'POST lti11-launches':
      return jsonAnswer(201, startLti11Launch(lti11LaunchInputSchema.parse(controlBody(request)), platform));
    case 'GET attacks':
      return jsonAnswer(200, launchAttackNames);
    case 'POST attack': {
      const { name } = attackSchema.parse(controlBody(request));
      platform.tamperNextLaunch(launchAttacks[name]);
      return jsonAnswer(201, { name });
    }
    case 'POST rotate-keys':
      platform.keys.rotate(rotationSchema.parse(controlBody(request)).algorithm);
      return jsonAnswer(200, {});
    case 'PUT key-set': {
      const { cacheControl } = keySetSchema.parse(controlBody(request));
      platform.keySetCacheControl = cacheControl ?? undefined;
      return jsonAnswer(200, { cacheControl });
    }
    default:
      return undefined;
  }
}

import { type INestApplication } from '@nestjs/common';
import { UnsafeUrl } from '../../common/url-policy.errors.js';
import { UrlPolicy } from '../../common/url-policy.js';
import { LtiConfig } from '../../config/lti-config.js';
import { type Registration } from '../../registrations/registration.entity.js';
import { RegistrationService } from '../../registrations/registration.service.js';
import { ToolNotConnected, ToolNotListening } from '../testing.errors.js';
import { type ToolAddress, type ToolRegistration } from './tool-registration.js';

export type { Registration };

/**
 * The addresses of an application that imports `LtiModule`: its `publicUrl`, and the port on which it listens.
 * @throws {ToolNotListening} `tool_not_listening`.
 */
export async function addressOf(app: INestApplication): Promise<ToolAddress> {
  const { publicUrl } = app.get<LtiConfig>(LtiConfig, { strict: false });
  const localUrl = await app.getUrl().catch((error: unknown) => {
    throw new ToolNotListening(error);
  });
  return { publicUrl, localUrl: new URL(new URL(publicUrl).pathname, localUrl).href.replace(/\/$/, '') };
}

/**
 * Registers the platform in the application.
 * @throws {ToolNotConnected} `tool_not_connected` if the application does not call platforms on this machine.
 */
export async function registerPlatform(
  app: INestApplication,
  input: ToolRegistration,
): Promise<Registration> {
  try {
    app.get(UrlPolicy, { strict: false }).check(input.tokenUrl);
  } catch (error) {
    if (error instanceof UnsafeUrl) throw ToolNotConnected.callsNoLoopback(error);
    throw error;
  }
  return app.get(RegistrationService, { strict: false }).create(input);
}

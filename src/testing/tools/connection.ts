import { type INestApplication } from '@nestjs/common';
import { type PlatformState } from '../platform/platform-state.js';
import { type Registration } from './embedded-tool.js';
import { type ConnectedRegistration, registerByRest } from './remote-tool.js';
import { registerTool, type ToolRegistration, type ToolRegistrationOptions } from './tool-registration.js';

/**
 * Adds a running tool to the platform: a Nest application or the public URL of a tool.
 * @throws {ToolNotListening} `tool_not_listening`.
 */
export async function addRunningTool(
  platform: PlatformState,
  tool: INestApplication | string,
  options: ToolRegistrationOptions,
): Promise<ToolRegistration> {
  if (typeof tool === 'string') return registerTool(platform, { publicUrl: withoutSlash(tool) }, options);
  // Loaded on demand: a platform in a process of its own needs no application.
  const { addressOf } = await import('./embedded-tool.js');
  return registerTool(platform, await addressOf(tool), options);
}

/**
 * Adds a running tool to the platform, and the platform to the tool.
 * @throws {ToolNotListening} `tool_not_listening`.
 * @throws {ToolNotConnected} `tool_not_connected`.
 */
export async function connectTool(
  platform: PlatformState,
  tool: INestApplication | string,
  options: ToolRegistrationOptions & { readonly apiKey?: string },
): Promise<Registration | ConnectedRegistration> {
  const input = await addRunningTool(platform, tool, options);
  if (typeof tool === 'string') return registerByRest(withoutSlash(tool), options.apiKey ?? '', input);
  const { registerPlatform } = await import('./embedded-tool.js');
  return registerPlatform(tool, input);
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

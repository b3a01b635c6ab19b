import { Injectable } from '@nestjs/common';
import { RegistrationService } from './registration.service.js';
import { type PlatformFamily } from './platform-family.js';

/** `tool_platform.product_family_code` as platforms send it (CORE 5.4.2), lower-case. */
const FAMILIES = new Map<string, PlatformFamily>(
  Object.entries({
    moodle: 'moodle',
    canvas: 'canvas',
    desire2learn: 'brightspace',
    d2l: 'brightspace',
    brightspace: 'brightspace',
    blackboardlearn: 'blackboard',
    blackboard: 'blackboard',
    schoology: 'schoology',
    sakai: 'sakai',
    openedx: 'openedx',
    'open-edx': 'openedx',
    edx: 'openedx',
  } as const),
);

/** Teaches registrations which product they are of, by what its launches say. */
@Injectable()
export class RegistrationFamilyService {
  constructor(private readonly registrations: RegistrationService) {}

  /** What an operator has entered stays; only `generic` learns. */
  async learn(registrationId: string, productFamilyCode: string): Promise<void> {
    const family = FAMILIES.get(productFamilyCode.trim().toLowerCase());
    if (family === undefined) return;
    const { platformFamily } = await this.registrations.recall(registrationId);
    if (platformFamily === 'generic') await this.registrations.learnFamily(registrationId, family);
  }
}

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

/** Learns the product of a registration from its launches. */
@Injectable()
export class RegistrationFamilyService {
  constructor(private readonly registrations: RegistrationService) {}

  /** Changes only the family `generic`; what an operator has entered stays. */
  async learn(registrationId: string, productFamilyCode: string): Promise<void> {
    const family = FAMILIES.get(productFamilyCode.trim().toLowerCase());
    if (family === undefined) return;
    const { platformFamily } = await this.registrations.recall(registrationId);
    if (platformFamily === 'generic') await this.registrations.learnFamily(registrationId, family);
  }
}

import { type Tamper } from './attacks/tamper.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedMember } from '../memberships/simulated-member.schema.js';
import { type LaunchableTool } from '../tools/simulated-tool.js';
import { type Claims } from './claim-names.js';

/** A launch in progress: the data that the platform stores between the login initiation and the id_token. */
export interface SimulatedLaunch {
  readonly id: string;
  readonly tool: LaunchableTool;
  readonly course: SimulatedCourse;
  /** Undefined in an anonymous launch. */
  readonly member: SimulatedMember | undefined;
  /** Undefined in deep linking. */
  readonly resourceLinkId: string | undefined;
  readonly messageType: string;
  readonly deploymentId: string;
  readonly targetLinkUri: string;
  readonly documentTarget: 'frame' | 'iframe' | 'window';
  /** The frame of the platform's storage, if it is offered. */
  readonly storageTarget: string | undefined;
  /** The user whose submission is reviewed. */
  readonly forMember: SimulatedMember | undefined;
  readonly migratesLti11: boolean;
  /** Undefined where the family names no placements. */
  readonly placement: string | undefined;
  /** The settings that replace those of the family in a deep linking request. */
  readonly deepLinkingSettings: Readonly<Record<string, unknown>>;
  /** Added to the message. Null leaves a claim out. */
  readonly claims: Claims;
  readonly attack: Tamper | undefined;
  readonly loginHint: string;
  readonly messageHint: string;
  isUsed: boolean;
}

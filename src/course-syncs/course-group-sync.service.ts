import { Injectable } from '@nestjs/common';
import { OAuthService } from '../access-tokens/oauth.service.js';
import { AuthenticationFailed, ScopeMismatch } from '../access-tokens/access-token.errors.js';
import { LtiError } from '../common/lti-error.js';
import { Scope } from '../common/scopes.js';
import { CourseGroupService } from '../courses/course-group.service.js';
import { type Course } from '../courses/course.entity.js';
import { GroupService } from '../lti-services/groups/group.service.js';
import { SyncRunTakenOver } from './course-sync.errors.js';
import { type SyncReading } from './sync-reading.js';
import { type SyncEnd } from './sync-run.repository.js';

const PAGE_LIMIT = 500;

/** Faults of the groups alone: the run stores the reason and goes on. */
const OF_GROUPS: ReadonlySet<string> = new Set([
  'foreign_next_link',
  'groups_refused',
  'groups_unavailable',
  'groups_unreadable',
  'page_loop',
  'platform_redirect_refused',
  'platform_response_too_large',
  'too_many_groups',
  'too_many_pages',
  'unreadable_next_link',
  'unsafe_url',
]);

/** Whether the platform offers the groups of this course, and the registration requests their scope. */
export function hasGroups({ groupsUrl, registration }: Pick<Course, 'groupsUrl' | 'registration'>): boolean {
  return groupsUrl !== null && registration.scopes.includes(Scope.contextGroupReadonly);
}

/** Reads the groups of a course. The members' groups are in the roster. */
@Injectable()
export class CourseGroupSyncService {
  constructor(
    private readonly oauth: OAuthService,
    private readonly groups: GroupService,
    private readonly stored: CourseGroupService,
  ) {}

  /**
   * If the groups cannot be read, the run stores the reason and does not fail; the stored groups stay.
   *
   * @throws SyncRunTakenOver, and the signal's reason when that aborts
   * @throws LtiError of the token or the network: the run's reason to wait or to fail
   */
  async read(reading: SyncReading): Promise<Pick<SyncEnd, 'groupsErrorCode' | 'groupsMessage'>> {
    try {
      await this.readGroups(reading);
      return {};
    } catch (error) {
      if (!isOfGroups(error)) throw error;
      return { groupsErrorCode: error.code, groupsMessage: error.message };
    }
  }

  private async readGroups({ run, course, signal, tally, onWait }: SyncReading): Promise<void> {
    const endpoints = {
      groups: course.groupsUrl ?? undefined,
      groupSets: course.groupSetsUrl ?? undefined,
      deploymentId: course.deploymentId,
    };
    const client = await this.oauth.authenticate(course.registration, endpoints, {
      onTokenRequest: tally.count,
      onWait,
      signal,
    });
    const bounds = { limit: PAGE_LIMIT, signal };
    const groups = await this.groups.groups(client, bounds);
    const sets = endpoints.groupSets === undefined ? [] : await this.groups.groupSets(client, bounds);
    const tokenRequests = tally.take();
    if (!(await this.stored.replace(run, groups, sets, tokenRequests))) throw new SyncRunTakenOver(run.id);
    run.tokenRequests += tokenRequests;
  }
}

function isOfGroups(error: unknown): error is LtiError {
  if (error instanceof AuthenticationFailed) return true;
  return error instanceof ScopeMismatch || (error instanceof LtiError && OF_GROUPS.has(error.code));
}

import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { OAuthService } from '../access-tokens/oauth.service.js';
import { AuthenticationFailed, ScopeMismatch } from '../access-tokens/access-token.errors.js';
import { LtiError } from '../common/lti-error.js';
import { Scope } from '../common/scopes.js';
import { CourseGroupService } from '../courses/course-group.service.js';
import { type Course } from '../courses/course.entity.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { GroupService } from '../lti-services/groups/group.service.js';
import { type SyncReading } from './sync-reading.js';
import { type SyncEnd, SyncRunRepository } from './sync-run.repository.js';

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
    private readonly runs: SyncRunRepository,
    private readonly oauth: OAuthService,
    private readonly groups: GroupService,
    private readonly stored: CourseGroupService,
    @InjectDataSource(LTI_DATA_SOURCE) private readonly dataSource: DataSource,
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
    await this.dataSource.transaction(async (manager) => {
      await this.stored.replace(manager, course.id, groups, sets);
      await this.runs.advance(manager, run, { tokenRequests: tally.take() });
    });
  }
}

function isOfGroups(error: unknown): error is LtiError {
  if (error instanceof AuthenticationFailed) return true;
  return error instanceof ScopeMismatch || (error instanceof LtiError && OF_GROUPS.has(error.code));
}

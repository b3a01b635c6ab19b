import { type Course } from './course.entity.js';
import { type ResourceLinkOrigin } from './course-origin.service.js';
import { type CourseGroup } from './course-group.entity.js';
import {
  type CourseGroupView,
  type CourseView,
  type MemberView,
  type ResourceLinkView,
} from './course.schema.js';
import { type Membership } from './membership.entity.js';
import { type ResourceLink } from './resource-link.entity.js';
import { viewSyncRun } from './sync-run.view.js';

export function viewCourse(course: Course): CourseView {
  return {
    id: course.id,
    registrationId: course.registrationId,
    deploymentId: course.deploymentId,
    contextId: course.contextId,
    title: course.title,
    membershipsUrl: course.membershipsUrl,
    lineItemsUrl: course.lineItemsUrl,
    groupsUrl: course.groupsUrl,
    groupSetsUrl: course.groupSetsUrl,
    launchedAt: course.launchedAt?.toISOString() ?? null,
    lastSync: course.lastSync ? viewSyncRun(course.lastSync) : null,
    usedAt: course.usedAt.toISOString(),
    concludedAt: course.concludedAt?.toISOString() ?? null,
    nextSyncAt: course.nextSyncAt?.toISOString() ?? null,
    nextSyncReason: course.nextSyncReason,
    createdAt: course.createdAt.toISOString(),
    updatedAt: course.updatedAt.toISOString(),
  };
}

export function viewMember(member: Membership): MemberView {
  return {
    userId: member.userId,
    roles: member.roles,
    status: member.status,
    name: member.name,
    givenName: member.givenName,
    middleName: member.middleName,
    familyName: member.familyName,
    email: member.email,
    picture: member.picture,
    sourcedId: member.sourcedId,
    lti11UserId: member.lti11UserId,
    sections: member.sections,
    groupIds: member.groupIds,
    updatedAt: member.updatedAt.toISOString(),
  };
}

export function viewResourceLink(
  { resourceLinkId, title, lineItemUrl, updatedAt }: ResourceLink,
  origins: ResourceLinkOrigin[],
): ResourceLinkView {
  return { resourceLinkId, title, lineItemId: lineItemUrl, origins, updatedAt: updatedAt.toISOString() };
}

export function viewCourseGroup({
  groupId,
  name,
  tag,
  setId,
  setName,
  updatedAt,
}: CourseGroup): CourseGroupView {
  return {
    id: groupId,
    name,
    tag,
    set: setId === null ? null : { id: setId, name: setName },
    updatedAt: updatedAt.toISOString(),
  };
}

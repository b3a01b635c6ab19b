import { Delete, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { ValidatedBody, ValidatedParam, ValidatedQuery } from '../common/validated-parameters.js';
import { CourseGroupService } from './course-group.service.js';
import {
  type CourseGroupQuery,
  courseGroupQuerySchema,
  type CourseGroupView,
  courseGroupViewSchema,
  type CourseOriginView,
  courseOriginViewSchema,
  type CourseQuery,
  courseQuerySchema,
  type CourseView,
  courseViewSchema,
  type CreateCourse,
  createCourseSchema,
  type MemberQuery,
  memberQuerySchema,
  type MemberView,
  memberViewSchema,
  type ResourceLinkQuery,
  resourceLinkQuerySchema,
  type ResourceLinkView,
  resourceLinkViewSchema,
  type UpdateCourse,
  updateCourseSchema,
} from './course.schema.js';
import { CourseService } from './course.service.js';
import { viewCourse, viewCourseGroup, viewMember, viewResourceLink } from './course.view.js';
import { CourseOriginService } from './course-origin.service.js';
import { CourseRosterService } from './course-roster.service.js';

@ApiController('courses', 'courses')
export class CourseController {
  constructor(
    private readonly courses: CourseService,
    private readonly roster: CourseRosterService,
    private readonly groups: CourseGroupService,
    private readonly origins: CourseOriginService,
  ) {}

  @Post()
  @Operation({
    summary: 'Add a course with its service end points',
    response: courseViewSchema,
    errors: {
      404: 'registration_not_found or deployment_not_found',
      409: 'course_exists, with the id of the other one',
    },
  })
  async create(@ValidatedBody(createCourseSchema) body: CreateCourse): Promise<CourseView> {
    return viewCourse(await this.courses.create(body));
  }

  @Get()
  @Operation({ summary: 'List courses, each with its last sync', response: pageSchema(courseViewSchema) })
  list(@ValidatedQuery(courseQuerySchema) query: CourseQuery): Promise<Page<CourseView>> {
    return this.courses.list(query, viewCourse);
  }

  @Get(':id')
  @Operation({ summary: 'One course', response: courseViewSchema, errors: { 404: 'course_not_found' } })
  async get(@ValidatedParam('id', idParamSchema) id: string): Promise<CourseView> {
    return viewCourse(await this.courses.getWithLastSync(id));
  }

  @Patch(':id')
  @Operation({
    summary: "Change a course's title or end points, as far as the next launch does not tell others",
    response: courseViewSchema,
    errors: { 404: 'course_not_found' },
  })
  async update(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedBody(updateCourseSchema) body: UpdateCourse,
  ): Promise<CourseView> {
    await this.courses.update(id, body);
    return viewCourse(await this.courses.getWithLastSync(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation({
    summary:
      'Delete a course: its syncs are cancelled, and what is stored with it is deleted in the background',
    errors: { 404: 'course_not_found' },
  })
  remove(@ValidatedParam('id', idParamSchema) id: string): Promise<void> {
    return this.courses.remove(id);
  }

  @Get(':id/members')
  @Operation({
    summary: 'The members as of the last sync, by user id',
    response: pageSchema(memberViewSchema),
    errors: { 404: 'course_not_found' },
  })
  async members(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(memberQuerySchema) query: MemberQuery,
  ): Promise<Page<MemberView>> {
    await this.courses.get(id);
    return this.roster.list(id, query, viewMember);
  }

  @Get(':id/groups')
  @Operation({
    summary: 'The groups as of the last sync, by group id; members have their group ids',
    response: pageSchema(courseGroupViewSchema),
    errors: { 404: 'course_not_found' },
  })
  async courseGroups(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(courseGroupQuerySchema) query: CourseGroupQuery,
  ): Promise<Page<CourseGroupView>> {
    await this.courses.get(id);
    return this.groups.list(id, query, viewCourseGroup);
  }

  @Get(':id/resource-links')
  @Operation({
    summary: 'The placements of the tool in the course, as launches told of them',
    response: pageSchema(resourceLinkViewSchema),
    errors: { 404: 'course_not_found' },
  })
  async resourceLinks(
    @ValidatedParam('id', idParamSchema) id: string,
    @ValidatedQuery(resourceLinkQuerySchema) query: ResourceLinkQuery,
  ): Promise<Page<ResourceLinkView>> {
    await this.courses.get(id);
    const { items, ...page } = await this.courses.resourceLinks(id, query, (link) => link);
    const ids = items.map(({ resourceLinkId }) => resourceLinkId);
    const originsOf = await this.origins.ofLinks(id, ids);
    return {
      ...page,
      items: items.map((link) => viewResourceLink(link, originsOf.get(link.resourceLinkId) ?? [])),
    };
  }

  @Get(':id/origins')
  @Operation({
    summary: 'The courses that it was copied from, as the platform states them; the nearest first',
    response: pageSchema(courseOriginViewSchema),
    errors: { 404: 'course_not_found' },
  })
  async listOrigins(@ValidatedParam('id', idParamSchema) id: string): Promise<Page<CourseOriginView>> {
    return { items: await this.origins.list(id) };
  }
}

import { Body, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiController } from '../access/api-controller.decorator.js';
import { idParamSchema, type Page, pageSchema } from '../common/page.schema.js';
import {
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
} from './course.schema.js';
import { CourseService } from './course.service.js';
import { viewCourse, viewMember, viewResourceLink } from './course.view.js';
import { CourseRoster } from './course-roster.service.js';

@ApiController('api/courses', 'courses')
export class CourseController {
  constructor(
    private readonly courses: CourseService,
    private readonly roster: CourseRoster,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Add a course with its service end points' })
  @ApiCreatedResponse({ standardSchema: courseViewSchema })
  @ApiNotFoundResponse({ description: 'registration_not_found or deployment_not_found' })
  @ApiConflictResponse({ description: 'course_exists, with the id of the other one' })
  async create(@Body({ schema: createCourseSchema }) body: CreateCourse): Promise<CourseView> {
    return viewCourse(await this.courses.create(body));
  }

  @Get()
  @ApiOperation({ summary: 'List courses, the oldest first' })
  @ApiOkResponse({ standardSchema: pageSchema(courseViewSchema) })
  list(@Query({ schema: courseQuerySchema }) query: CourseQuery): Promise<Page<CourseView>> {
    return this.courses.list(query, viewCourse);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One course' })
  @ApiOkResponse({ standardSchema: courseViewSchema })
  @ApiNotFoundResponse({ description: 'course_not_found' })
  async get(@Param('id', { schema: idParamSchema }) id: string): Promise<CourseView> {
    return viewCourse(await this.courses.get(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a course; its syncs are cancelled' })
  @ApiNoContentResponse()
  @ApiNotFoundResponse({ description: 'course_not_found' })
  remove(@Param('id', { schema: idParamSchema }) id: string): Promise<void> {
    return this.courses.remove(id);
  }

  @Get(':id/members')
  @ApiOperation({ summary: 'The members as of the last sync, by user id' })
  @ApiOkResponse({ standardSchema: pageSchema(memberViewSchema) })
  @ApiNotFoundResponse({ description: 'course_not_found' })
  async members(
    @Param('id', { schema: idParamSchema }) id: string,
    @Query({ schema: memberQuerySchema }) query: MemberQuery,
  ): Promise<Page<MemberView>> {
    await this.courses.get(id);
    return this.roster.list(id, query, viewMember);
  }

  @Get(':id/resource-links')
  @ApiOperation({ summary: 'The placements of the tool in the course, as launches told of them' })
  @ApiOkResponse({ standardSchema: pageSchema(resourceLinkViewSchema) })
  @ApiNotFoundResponse({ description: 'course_not_found' })
  async resourceLinks(
    @Param('id', { schema: idParamSchema }) id: string,
    @Query({ schema: resourceLinkQuerySchema }) query: ResourceLinkQuery,
  ): Promise<Page<ResourceLinkView>> {
    await this.courses.get(id);
    return this.courses.resourceLinks(id, query, viewResourceLink);
  }
}

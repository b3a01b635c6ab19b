import {
  Body,
  Controller,
  ForbiddenException,
  Get,
  Header,
  Headers,
  Post,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import {
  CurrentLaunchSession,
  type LaunchSession,
  LaunchSessionService,
  LtiLaunchGuard,
  ProblemDetailsFilter,
} from 'nest-lti';
import { CanvasCourses, type Reading } from './canvas-courses.service.js';

@Controller('reader')
@UseFilters(ProblemDetailsFilter)
export class ReaderController {
  constructor(
    private readonly config: ConfigService,
    private readonly sessions: LaunchSessionService,
    private readonly canvas: CanvasCourses,
  ) {}

  /** The page of a launch: its script has the token of the session. A form of another site could bring another user's code. */
  @Post()
  @Header('Content-Type', 'text/html')
  async open(@Headers('origin') origin: string | undefined, @Body('code') code: string): Promise<string> {
    if (origin !== new URL(this.config.getOrThrow<string>('PUBLIC_URL')).origin)
      throw new ForbiddenException('Open the reader from your course.');
    const { token } = await this.sessions.exchange(code);
    return `<!doctype html><meta charset="utf-8"><main data-token="${token}"></main><script type="module" src="/reader.js"></script>`;
  }

  /** If Canvas has ended the grant meanwhile, the problem details have an `authorizeUrl`, too. */
  @Get('courses')
  @UseGuards(LtiLaunchGuard)
  courses(@CurrentLaunchSession() session: LaunchSession): Promise<Reading> {
    return this.canvas.read(session);
  }
}

import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { type LaunchHandler, type LaunchReply, type ReceivedLaunch } from 'nest-lti';

/** Every launch opens a page of the tool with a one-time code. A teacher who picks content gets the picker. */
@Injectable()
export class QuizLaunches implements LaunchHandler {
  constructor(private readonly config: ConfigService) {}

  handle({ context, oneTimeCode }: ReceivedLaunch): LaunchReply {
    const page = context.messageType === 'LtiDeepLinkingRequest' ? 'picker' : 'quiz';
    const url = `${this.config.getOrThrow<string>('PUBLIC_URL')}/${page}`;
    return { postTo: url, fields: { code: oneTimeCode } };
  }
}

import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { type LaunchHandler, type LaunchReply, type ReceivedLaunch } from 'nest-lti';

/** Every launch opens the page of the tool with a one-time code. */
@Injectable()
export class ReaderLaunches implements LaunchHandler {
  constructor(private readonly config: ConfigService) {}

  handle({ oneTimeCode }: ReceivedLaunch): LaunchReply {
    const url = `${this.config.getOrThrow<string>('PUBLIC_URL')}/reader`;
    return { postTo: url, fields: { code: oneTimeCode } };
  }
}

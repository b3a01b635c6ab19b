import { type LtiConfig } from '../config/lti-config.js';
import { type ReceivedLaunch } from './launch-handler.js';
import { TargetLinkHandler } from './target-link.handler.js';

const launch = {
  context: { targetLinkUri: 'https://tool.example.edu/app/quiz?id=7#top' },
  oneTimeCode: 'c0de',
} as ReceivedLaunch;

function replyBy(codeIn: LtiConfig['launch']['codeIn']) {
  const config = {
    publicUrl: 'https://lti.example.edu',
    launch: { toolUrls: ['https://tool.example.edu/app'], codeIn },
  };
  return new TargetLinkHandler(config as LtiConfig).handle(launch);
}

describe('TargetLinkHandler', () => {
  it('posts the one-time code to the tool, and puts it into no URL', () => {
    expect(replyBy('form')).toEqual({
      postTo: 'https://tool.example.edu/app/quiz?id=7#top',
      fields: { code: 'c0de' },
    });
  });

  it('puts the one-time code into the query where the configuration asks for it', () => {
    expect(replyBy('url')).toEqual({ redirectTo: 'https://tool.example.edu/app/quiz?id=7&code=c0de#top' });
  });
});

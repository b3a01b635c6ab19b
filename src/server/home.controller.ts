import { Get, Req, Res } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { OpenController, Operation, VERSION } from 'nest-lti/internal';
import { z } from 'zod';
import { escapeHtml, pageOf } from './html-page.js';

const links = {
  dashboard: ['/dashboard', 'the pages for operators'],
  docs: ['/docs', 'the REST API, to be read'],
  openapi: ['/openapi.json', 'the REST API as an OpenAPI document'],
  jwks: ['/lti/jwks.json', 'the key set, for platforms'],
  login: ['/lti/login', 'the login URL, for platforms'],
  launch: ['/lti/launch', 'the redirect URI, for platforms'],
  live: ['/health/live', 'whether the process answers'],
  ready: ['/health/ready', 'whether it can work'],
  metrics: ['/metrics', 'numbers for Prometheus'],
} as const;

const homeSchema = z.object({
  name: z.string(),
  version: z.string(),
  links: z.record(z.string(), z.string()).meta({ description: 'Paths by name' }),
});

/** What is there, for those who open the service's address. */
@OpenController('', 'operations')
export class HomeController {
  @Get()
  @Operation({
    summary: 'What this service has, as a page or as JSON',
    response: homeSchema,
    responseDescription: 'Its links',
  })
  show(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): string | z.output<typeof homeSchema> {
    response.vary('Accept');
    if (request.accepts(['json', 'html']) !== 'html') {
      const paths = Object.entries(links).map(([name, [path]]) => [name, path]);
      return {
        name: 'nest-lti',
        version: VERSION,
        links: Object.fromEntries(paths) as Record<string, string>,
      };
    }
    const items = Object.values(links).map(
      ([path, what]) => `<li><a href=".${path}">${path}</a>: ${escapeHtml(what)}</li>`,
    );
    response.type('html');
    return pageOf('nest-lti', `<p>Version ${escapeHtml(VERSION)}.</p>\n<ul>\n${items.join('\n')}\n</ul>`);
  }
}

import { Get, Param, Req, Res, UseGuards } from '@nestjs/common';
import { Readable } from 'node:stream';
import { type HttpReply, send, sendStream, setHeaders } from '../common/http-reply.js';
import { type HttpRequest } from '../common/http-request.js';
import { OpenController } from '../common/open-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { DashboardFiles } from './dashboard-files.js';
import { DashboardGuard } from './dashboard.guard.js';

export const DASHBOARD_PATH = 'dashboard';
/** The longest address of a page has four segments. Express and Fastify have no wildcard in common. */
const PAGES = [':one', ':one/:two', ':one/:two/:three', ':one/:two/:three/:four'];
const YEAR_SECONDS = 31_536_000;

/** Scripts, styles and requests of this origin only. Nothing inline, so text from a platform never becomes code. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'self'; " +
  "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** The operator's dashboard. Its data comes from the REST API, by requests of the browser. */
@OpenController(DASHBOARD_PATH, 'operations')
@UseGuards(DashboardGuard)
export class DashboardController {
  constructor(
    private readonly files: DashboardFiles,
    private readonly guard: DashboardGuard,
  ) {}

  @Get()
  @Operation({ summary: "The operator's dashboard", pages: { 200: 'The dashboard' } })
  home(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    return this.show(baseOf(request, ''), reply);
  }

  @Get('assets/:name')
  @Operation({
    summary: 'A script or style of the dashboard',
    responseDescription: 'The file',
    errors: { 404: 'not_found: the file is of another version' },
  })
  async asset(
    @Param('name') name: string,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const { type, body, gzipped } = await this.files.asset(name);
    const isGzipped = /\bgzip\b/.test(String(request.headers['accept-encoding']));
    const bytes = isGzipped ? gzipped : body;
    const headers = {
      'Content-Type': type,
      'Content-Length': String(bytes.length),
      // The name has the hash of the content.
      'Cache-Control': `public, max-age=${YEAR_SECONDS}, immutable`,
      'X-Content-Type-Options': 'nosniff',
      Vary: 'Accept-Encoding',
      ...(isGzipped && { 'Content-Encoding': 'gzip' }),
    };
    await sendStream(reply, 200, headers, Readable.from([bytes]));
  }

  /** Every page has its own URL: the script in the page reads it. */
  @Get(PAGES)
  page(
    @Param() { one, two, three, four }: Readonly<Record<string, string | undefined>>,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const segments = [one, two, three, four].filter((segment) => segment !== undefined);
    return this.show(baseOf(request, segments.join('/')), reply);
  }

  private async show(base: string, reply: HttpReply): Promise<void> {
    const html = await this.files.page(base, this.guard.signIn);
    setHeaders(reply, HEADERS);
    send(reply, 200, 'text/html', html);
  }
}

/**
 * The way from the page's URL to `/dashboard/`. Relative, because a proxy may strip the beginning of the path.
 *
 * @param page what follows `/dashboard/` in the path, decoded
 */
function baseOf(request: HttpRequest, page: string): string {
  const path = pathOf(request);
  if (page === '') return path.endsWith('/') ? './' : `${DASHBOARD_PATH}/`;
  const segments = path.split('/');
  // A segment of the page may have a "/" that is encoded: it is one segment for the browser.
  const first = segments.findLastIndex(
    (segment, index) => segment === DASHBOARD_PATH && isPage(segments.slice(index + 1), page),
  );
  const depth = segments.length - (first === -1 ? segments.indexOf(DASHBOARD_PATH) : first) - 2;
  return '../'.repeat(depth) || './';
}

function pathOf({ originalUrl, url = '' }: HttpRequest): string {
  return (originalUrl ?? url).split('?')[0] ?? '';
}

function isPage(segments: readonly string[], page: string): boolean {
  try {
    return segments.map(decodeURIComponent).join('/') === page;
  } catch {
    return false;
  }
}

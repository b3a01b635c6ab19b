import { LoopbackServer, type ReceivedRequest } from './loopback-server.js';

/** One exchange as it was recorded at a real platform. */
export interface Recording {
  /** The service: `token`, `nrps`, `ags`, `scores` and so on. */
  service: string;
  name: string;
  request: { method: string; url: string; headers: Record<string, string>; body: string | null };
  response: {
    status: number;
    statusText: string;
    /** Lower-case names; bytes beyond ASCII as latin1. */
    headers: Record<string, string>;
    body: string;
    /** Whether the recorder truncated the body. */
    truncated: boolean;
  };
}

/**
 * Serves recorded exchanges over real HTTP, byte for byte: status, reason, headers and body. Only the recorded address of the
 * platform is replaced by the one served here, in URLs as JSON escapes them too, so that links lead back here.
 *
 * A request is answered by the recording of the same method, path and query, and the same Accept where one was recorded; by
 * the first if there are several. A test that wants another, or one that our client never asks for, calls `answerNext`.
 */
export class RecordedPlatform {
  private readonly next: Recording[] = [];

  private constructor(
    private readonly server: LoopbackServer,
    private readonly recordedOrigin: string,
  ) {}

  static async start(recordings: readonly Recording[]): Promise<RecordedPlatform> {
    const [first] = recordings;
    if (first === undefined) throw new Error('There is nothing to serve.');
    const server = await LoopbackServer.start((response, request) => {
      const recording = platform.next.shift() ?? recordings.find((each) => platform.matches(each, request));
      if (recording === undefined) {
        response.writeHead(599, 'Not recorded').end(`${request.method} ${request.url}`);
        return;
      }
      const { status, statusText, headers, body } = recording.response;
      const served = Object.entries(headers).map(([name, value]) => [name, platform.here(value)]);
      response.writeHead(status, statusText, Object.fromEntries(served) as Record<string, string>);
      response.end(platform.here(body));
    });
    const platform = new RecordedPlatform(server, new URL(first.request.url).origin);
    return platform;
  }

  /** The requests so far. */
  get requests(): readonly ReceivedRequest[] {
    return this.server.requests;
  }

  /** A recorded text with the address of this server. */
  here(text: string): string {
    const origin = new URL(this.server.url()).origin;
    return text
      .replaceAll(this.recordedOrigin, origin)
      .replaceAll(escapeSlashes(this.recordedOrigin), escapeSlashes(origin));
  }

  /** These recordings answer the next requests, one each, whatever the request. */
  answerNext(...recordings: readonly Recording[]): void {
    this.next.push(...recordings);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private matches({ request }: Recording, { method, url, headers }: ReceivedRequest): boolean {
    const { pathname, search } = new URL(request.url);
    const { accept } = request.headers;
    return (
      request.method === method &&
      `${pathname}${search}` === url &&
      (accept === undefined || accept === headers.accept)
    );
  }
}

/** Escapes slashes, as PHP's json_encode does. */
function escapeSlashes(text: string): string {
  return text.replaceAll('/', '\\/');
}

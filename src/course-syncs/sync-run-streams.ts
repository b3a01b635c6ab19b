import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { createHash } from 'node:crypto';
import { In, Repository } from 'typeorm';
import { Clock } from '../common/clock.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { SyncRun } from '../courses/sync-run.entity.js';
import { viewSyncRun } from '../courses/sync-run.view.js';
import { courseSyncErrors } from './course-sync.errors.js';

const EVERY_MS = 1000;
const HEARTBEAT_MS = 15_000;
/** How long a stream lasts. The client then connects again with its API key, so no stream outlives a revoked key for longer. */
const LONGEST_MS = 60_000;
/** How long the client waits before it connects again. */
const RETRY_MS = 2000;
const REFUSED_FOR_MS = 30_000;
/** Streams at once in one process. */
export const MAX_STREAMS = 100;

interface Stream {
  readonly id: string;
}

/** The progress of sync runs as server-sent events (HTML Standard 9.2). One statement a second reads all runs that a process streams. */
@Injectable()
export class SyncRunStreams implements OnModuleDestroy {
  private readonly logger = new Logger(SyncRunStreams.name);
  private readonly stopping = new AbortController();
  private readonly streams = new Set<Stream>();
  private reading?: Promise<ReadonlyMap<string, SyncRun> | undefined> | undefined;

  constructor(
    @InjectRepository(SyncRun, LTI_DATA_SOURCE) private readonly runs: Repository<SyncRun>,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  onModuleDestroy(): void {
    this.stopping.abort(new Error('The application is shutting down.'));
  }

  /**
   * The states of a run as text: the present one, unless its id is `lastEventId`, and each new one. Ends with the run.
   *
   * @returns undefined if the client has had the last state of the run
   * @throws {Unavailable} `too_many_streams`
   */
  open(
    run: SyncRun,
    { lastEventId, gone }: { lastEventId: string | undefined; gone: AbortSignal },
  ): AsyncIterable<string> | undefined {
    if (run.finishedAt !== null && eventOf(run).id === lastEventId) return undefined;
    if (this.streams.size >= MAX_STREAMS)
      throw courseSyncErrors.tooManyStreams(MAX_STREAMS, new Date(this.clock.nowMs() + REFUSED_FOR_MS));
    const stream = { id: run.id };
    // A signal that has aborted fires no event.
    if (!gone.aborted) this.streams.add(stream);
    gone.addEventListener('abort', () => this.streams.delete(stream), { once: true });
    return this.states(run, stream, lastEventId);
  }

  private async *states(
    first: SyncRun,
    stream: Stream,
    lastEventId: string | undefined,
  ): AsyncGenerator<string> {
    const endsAtMs = this.clock.nowMs() + LONGEST_MS;
    let writtenAtMs = this.clock.nowMs();
    let lastId = lastEventId;
    try {
      yield `retry: ${RETRY_MS}\n\n`;
      for (let run = first; ;) {
        const { id, text } = eventOf(run);
        const nowMs = this.clock.nowMs();
        const isNew = id !== lastId;
        if (isNew || nowMs - writtenAtMs >= HEARTBEAT_MS) {
          yield isNew ? text : ':\n\n';
          lastId = id;
          writtenAtMs = nowMs;
        }
        if (run.finishedAt !== null || nowMs >= endsAtMs || !this.streams.has(stream)) return;
        const runs = await this.next();
        if (this.stopping.signal.aborted) return;
        // While the database does not answer, the stream shows what it knows.
        const next = runs === undefined ? run : runs.get(run.id);
        if (next === undefined) return;
        run = next;
      }
    } finally {
      this.streams.delete(stream);
    }
  }

  /** The runs a second from now; undefined if they could not be read. All streams share one reading. */
  private next(): Promise<ReadonlyMap<string, SyncRun> | undefined> {
    this.reading ??= this.read();
    return this.reading;
  }

  private async read(): Promise<ReadonlyMap<string, SyncRun> | undefined> {
    try {
      await this.clock.sleep(EVERY_MS, this.stopping.signal);
      // A stream that opens during the statement needs the next reading: its run may not be in this one.
      this.reading = undefined;
      const ids = new Set([...this.streams].map(({ id }) => id));
      const runs = await this.runs.findBy({ id: In([...ids]) });
      return new Map(runs.map((run) => [run.id, run]));
    } catch (error) {
      if (!this.stopping.signal.aborted)
        this.logger.warn(`The sync runs that are streamed could not be read: ${String(error)}`);
      return undefined;
    }
  }
}

/** The id names the state. */
function eventOf(run: SyncRun): { id: string; text: string } {
  const data = JSON.stringify(viewSyncRun(run));
  const id = createHash('sha256').update(data).digest('base64url').slice(0, 16);
  return { id, text: `id: ${id}\nevent: progress\ndata: ${data}\n\n` };
}

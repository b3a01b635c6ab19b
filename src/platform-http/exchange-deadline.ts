import { EventEmitter } from 'node:events';

/**
 * The end of one exchange: when its time is up, or when the caller gives up. It is the signal itself, in undici's other form:
 * an AbortController for each request costs as much as a good part of the request.
 */
export class ExchangeDeadline extends EventEmitter {
  aborted = false;
  reason: unknown;
  /** Whether it was the time that ended it. */
  timedOut = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    timeoutMs: number,
    private readonly callerSignal: AbortSignal | undefined,
  ) {
    super();
    this.timer = setTimeout(() => {
      this.timedOut = true;
      this.abort(new Error(`The exchange took longer than ${timeoutMs} ms.`));
    }, timeoutMs);
    callerSignal?.addEventListener('abort', this.onCallerAbort, { once: true });
  }

  clear(): void {
    clearTimeout(this.timer);
    this.callerSignal?.removeEventListener('abort', this.onCallerAbort);
  }

  private readonly onCallerAbort = (): void => this.abort(this.callerSignal?.reason);

  private abort(reason: unknown): void {
    this.aborted = true;
    this.reason = reason;
    this.emit('abort');
  }
}

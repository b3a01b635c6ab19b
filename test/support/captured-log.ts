import { Logger } from '@nestjs/common';

export interface CapturedLog {
  /** Each entry is `<level> <message>`. */
  readonly lines: string[];
  end(): void;
}

/** Collects what is logged from now on; the console gets nothing. */
export function captureLog(): CapturedLog {
  const lines: string[] = [];
  const write = (level: string) => (message: unknown) => lines.push(`${level} ${String(message)}`);
  Logger.overrideLogger({
    log: write('log'),
    warn: write('warn'),
    error: write('error'),
    debug: write('debug'),
    verbose: write('verbose'),
    fatal: write('fatal'),
  });
  return { lines, end: () => Logger.overrideLogger(false) };
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type CompiledSource, compileSource } from './compiled-source.js';
import { type PausePoint } from './pause-points.js';
import { type Commands } from './token-process.js';

type Arguments<Name extends keyof Commands> = Parameters<Commands[Name]>;
type Result<Name extends keyof Commands> = Awaited<ReturnType<Commands[Name]>>;

interface Waiting {
  resolve: (result: never) => void;
  reject: (error: Error) => void;
}

/** token-process.ts as a running process. */
export class TokenProcess {
  private readonly waiting = new Map<number, Waiting>();
  private readonly paused = new Map<string, () => void>();
  private lastId = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message: Record<string, unknown>) => this.receive(message));
    child.once('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('The process has ended.'));
      this.waiting.clear();
    });
  }

  static async start(script: string): Promise<TokenProcess> {
    const child = fork(script, [], { execArgv: [] });
    await once(child, 'message');
    return new TokenProcess(child);
  }

  /** Runs a command in the process. */
  tell<Name extends keyof Commands>(command: Name, ...args: Arguments<Name>): Promise<Result<Name>> {
    const id = ++this.lastId;
    return new Promise<Result<Name>>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.send({ id, command, args }, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  /** Pauses the next renewal of a registration at a point. Resolves, when that is set, with the moment at which it was reached. */
  async pauseAt(point: PausePoint, registrationId: string): Promise<{ there: Promise<void> }> {
    const there = new Promise<void>((resolve) => this.paused.set(registrationId, resolve));
    await this.tell('pauseAt', point, registrationId);
    return { there };
  }

  /** Stops the process by SIGSTOP. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  private receive(message: Record<string, unknown>): void {
    if ('paused' in message) {
      this.paused.get(String(message.registrationId))?.();
      return;
    }
    const id = Number(message.id);
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if ('error' in message) waiting?.reject(new Error(String(message.error)));
    else waiting?.resolve(message.result as never);
  }
}

/** Several processes of the same program. */
export class TokenFleet {
  private readonly running: TokenProcess[] = [];

  private constructor(private readonly compiled: CompiledSource) {}

  static async start(): Promise<TokenFleet> {
    return new TokenFleet(await compileSource('test/support/token-process.ts'));
  }

  /** The processes that run. */
  get processes(): readonly TokenProcess[] {
    return this.running.filter((each) => !each.hasEnded);
  }

  /** Starts processes until there are `size`. Returns the new ones. */
  async fill(size: number): Promise<TokenProcess[]> {
    const lacking = Math.max(0, size - this.processes.length);
    const { entry } = this.compiled;
    const added = await Promise.all(Array.from({ length: lacking }, () => TokenProcess.start(entry)));
    this.running.push(...added);
    return added;
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((each) => each.kill()));
    await this.compiled.remove();
  }
}

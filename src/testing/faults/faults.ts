import { type Endpoint } from '../platform/endpoint.js';
import { type Fault, type FaultInput, type FaultOfKind, faultSchema } from './fault.schema.js';

interface PendingFault {
  readonly fault: Fault;
  skips: number;
  timesLeft: number;
}

/** The faults of the next requests. */
export class Faults {
  #pending: PendingFault[] = [];

  /**
   * Adds a fault. It is removed after `times` requests.
   *
   * @throws {ZodError} when it is not a valid fault.
   * @example
   * lms.faults.add({ kind: 'server-error', on: 'scores', times: 2 });
   */
  add(input: FaultInput): Fault {
    const fault = faultSchema.parse(input);
    const timesLeft = fault.times === 'always' ? Infinity : fault.times;
    this.#pending.push({ fault, skips: fault.after, timesLeft });
    return fault;
  }

  clear(): void {
    this.#pending = [];
  }

  get pending(): readonly Fault[] {
    return this.#pending.map(({ fault }) => fault);
  }

  /** The faults of this request. The request counts for each of them. */
  take(target: Endpoint['faultTarget'], contextId: string | undefined): readonly Fault[] {
    const meeting = this.#pending.filter(({ fault }) => concerns(fault, target, contextId));
    const due = meeting.filter((each) => each.skips === 0);
    for (const each of meeting) {
      if (each.skips > 0) each.skips -= 1;
      else each.timesLeft -= 1;
    }
    this.#pending = this.#pending.filter(({ timesLeft }) => timesLeft > 0);
    return due.map(({ fault }) => fault);
  }
}

/** The first fault of a kind among those of a request. */
export function faultOf<Kind extends Fault['kind']>(
  faults: readonly Fault[],
  kind: Kind,
): FaultOfKind<Kind> | undefined {
  return faults.find((fault): fault is FaultOfKind<Kind> => fault.kind === kind);
}

function concerns(fault: Fault, target: Endpoint['faultTarget'], contextId: string | undefined): boolean {
  const here = fault.on === 'any' || fault.on === target;
  return here && (fault.course === undefined || fault.course === contextId);
}

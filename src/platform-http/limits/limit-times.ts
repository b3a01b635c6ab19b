/** In ms; those of allotments run by the database's clock. */
export interface LimitTimes {
  /** How often parts are renewed, and so how late a pause that another process met is heard of. */
  renewalMs: number;
  /** So long a part outlives its last renewal: that of a process that was killed comes back after it. */
  termMs: number;
  /** So long an unused part is kept. */
  idleMs: number;
  /** So long a process may keep its only slot while others wait for one. */
  turnMs: number;
}

export const LimitTimes = Symbol('LimitTimes');

export const limitTimes: LimitTimes = { renewalMs: 2000, termMs: 8000, idleMs: 5000, turnMs: 5000 };

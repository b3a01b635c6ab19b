import { type RequestFault } from '../../common/reactions.errors.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';

/** What a family's gradebook cannot store. Its own error would not name the field, so such values are not sent. */
interface FamilyLimits {
  /** Characters. */
  label?: number;
  resourceId?: number;
  tag?: number;
  scoreMaximum?: number;
  userId?: { pattern: RegExp; is: string };
  /** Decimals of a scoreGiven. It is rounded to these before it is scaled to the maximum of the line item. */
  decimals?: number;
}

const LIMITS: Partial<Record<PlatformFamily, FamilyLimits>> = {
  // The columns of Moodle's database. Measured: 502 for a longer label or resourceId, a maximum of 1e9, an id that is not a number.
  moodle: {
    label: 255,
    resourceId: 512,
    tag: 255,
    scoreMaximum: 99_999.99999,
    userId: { pattern: /^[0-9]{1,19}$/, is: 'a number' },
    // Measured: it makes 33.333 of 100 out of a third of 1.
    decimals: 5,
  },
  // The title of an assignment.
  canvas: { label: 255 },
  openedx: { label: 100, resourceId: 255, tag: 50 },
};

type LineItemFields = Partial<
  Record<'label' | 'resourceId' | 'tag', string | null | undefined> & { scoreMaximum: number | undefined }
>;

/** Why the family cannot store a line item; empty if it can. */
export function lineItemFaults(fields: LineItemFields, family: PlatformFamily): RequestFault[] {
  const limits = LIMITS[family] ?? {};
  const faults: RequestFault[] = [];
  for (const field of ['label', 'resourceId', 'tag'] as const) {
    const [length, most] = [Array.from(fields[field] ?? '').length, limits[field]];
    if (most !== undefined && length > most) {
      faults.push({ field, message: `is longer than the ${most} characters that ${family} takes` });
    }
  }
  const most = limits.scoreMaximum;
  if (most !== undefined && (fields.scoreMaximum ?? 0) > most) {
    faults.push({ field: 'scoreMaximum', message: `is above ${most}, which ${family} does not take` });
  }
  return faults;
}

/** Why a new line item of the family could not be found again; empty if it could. */
export function findableFaults({ resourceId }: LineItemFields, family: PlatformFamily): RequestFault[] {
  if (family !== 'blackboard' || (resourceId ?? '') !== '') return [];
  const message =
    'is needed: Blackboard does not store the resourceLinkId of a line item that a tool creates';
  return [{ field: 'resourceId', message }];
}

/** Why the family cannot store a score; empty if it can. */
export function scoreFaults({ userId }: { userId: string }, family: PlatformFamily): RequestFault[] {
  const kind = LIMITS[family]?.userId;
  if (kind === undefined || kind.pattern.test(userId)) return [];
  return [
    {
      field: 'userId',
      message: `must be ${kind.is}, as all user ids of ${family} are: use the sub of a launch or the user_id of the roster`,
    },
  ];
}

/** Whether the family would round the score before it scales it to the maximum of the line item. */
export function isRounded(scoreGiven: number | null, family: PlatformFamily): boolean {
  const decimals = LIMITS[family]?.decimals;
  return decimals !== undefined && scoreGiven !== null && Number(scoreGiven.toFixed(decimals)) !== scoreGiven;
}

import { type INestApplicationContext, Logger } from '@nestjs/common';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { type z } from 'zod';
import { Clock } from '../../src/common/clock.js';
import { LtiError } from '../../src/common/lti-error.js';
import { type LtiModuleOptions } from '../../src/config/lti-config.js';
import { CourseSyncService } from '../../src/course-syncs/course-sync.service.js';
import { CourseService } from '../../src/courses/course.service.js';
import { createCourseSchema } from '../../src/courses/course.schema.js';
import { GradePassbackService } from '../../src/grade-passback/grade-passback.service.js';
import { type OutboxScoreInput } from '../../src/grade-passback/outbox.schema.js';
import { type DeliveryStateView } from '../../src/grade-passback/delivery-state.view.js';
import { type SuspensionView } from '../../src/grade-passback/suspension.view.js';
import { JobTerms } from '../../src/jobs/job-terms.js';
import { ToolKeyService } from '../../src/keys/tool-key.service.js';
import { GradeService } from '../../src/lti-services/grades/grade.service.js';
import { type NewLineItem } from '../../src/lti-services/grades/line-item.schema.js';
import { LtiModule } from '../../src/lti.module.js';
import { SlotTimes } from '../../src/rate-limits/shared-slots.js';
import { OAuthService } from '../../src/access-tokens/oauth.service.js';
import { Registration } from '../../src/registrations/registration.entity.js';
import { RegistrationService } from '../../src/registrations/registration.service.js';
import {
  createRegistrationSchema,
  type UpdateRegistration,
} from '../../src/registrations/registration.schema.js';
import { membershipMediaType } from '../../src/testing/service-constants.js';
import { TokenCipher } from '../../src/access-tokens/token-cipher.js';
import { StoreTimes, storeTimes } from '../../src/access-tokens/stores/resilient-token-store.js';
import { TokenStore } from '../../src/access-tokens/stores/token-store.js';
import { adoptGrant, type AdoptedGrant, callAsUser, type UserCalls } from './user-grant-commands.js';
import { PausePoints, type PausePoint } from './pause-points.js';
import { ShiftedClock } from '../../src/testing/shifted-clock.js';
import { ringOf } from './key-ring.js';

// The tool in a process of its own: the whole LtiModule without HTTP, on a clock that the test sets. Told what to do by
// its parent, message by message; ends when its parent does.

/** How the tool runs in a process. Several tools may run in one process, each with its own name. */
export interface ToolSettings {
  options: LtiModuleOptions;
  /** Ids of keys: tokens are encrypted with this ring, and all other secrets with the ring of the options. */
  tokenRing?: [string, ...string[]];
  jobTerms?: JobTerms;
  slotTimes?: SlotTimes;
}

/** The number of calls by outcome: `200`, or the name of an error. */
export type Outcomes = Record<string, number>;

export interface Authenticated {
  outcomes: Outcomes;
  /** The hashes of the tokens, each once. */
  tokens: string[];
}

export interface Callers {
  tool: string;
  registrationId: string;
  callers: number;
  /** The calls abort when `giveUp` is called with this name. */
  patience?: string;
  /** The scopes of the registration come in another order. */
  permuted?: true;
}

export interface RosterCalls {
  tool: string;
  registrationId: string;
  /** The number of calls, one after the other. */
  urls: string[];
}

export interface LineItemCalls {
  tool: string;
  registrationId: string;
  lineItemsUrl: string;
  /** The number of calls at once. */
  inputs: NewLineItem[];
}

export interface StoredEntry {
  hash?: string;
  failure?: string;
  holder?: string;
}

class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

const clock = new ShiftedClock();
/** By how much the test has advanced the clock. The servers of the stores do not know it. */
let passedMs = 0;
const tools = new Map<string, INestApplicationContext>();
/** Of each tool: they change between the cases. */
const storeTimesOf = new Map<string, StoreTimes>();
const pauses = new PausePoints((point, registrationId) => process.send?.({ paused: point, registrationId }));
const impatient = new Map<string, AbortController>();

const commands = {
  async open(name: string, { options, tokenRing, jobTerms, slotTimes }: ToolSettings): Promise<void> {
    const times = { ...storeTimes };
    storeTimesOf.set(name, times);
    const builder = Test.createTestingModule({
      imports: [ScheduleModule.forRoot(), EventEmitterModule.forRoot(), LtiModule.forRoot(options)],
    })
      .overrideProvider(Clock)
      .useValue(clock)
      .overrideProvider(StoreTimes)
      .useValue(times);
    if (tokenRing !== undefined)
      builder.overrideProvider(TokenCipher).useValue(new TokenCipher(ringOf(...tokenRing)));
    if (jobTerms !== undefined) builder.overrideProvider(JobTerms).useValue(jobTerms);
    if (slotTimes !== undefined) builder.overrideProvider(SlotTimes).useValue(slotTimes);
    const tool = await builder.compile();
    // Later than the module, which sets its own.
    Logger.overrideLogger(process.env.LOG_TOKEN_PROCESSES === '1' ? ['warn', 'error'] : false);
    await tool.init();
    pauses.layIn(tool);
    letTimePass(tool.get<TokenStore>(TokenStore, { strict: false }));
    tools.set(name, tool);
  },
  async close(name: string): Promise<void> {
    await tools.get(name)?.close();
    tools.delete(name);
  },
  /** How long the tool waits for its token store. */
  setStoreTimes(name: string, times: StoreTimes): void {
    Object.assign(storeTimesOf.get(name) ?? {}, times);
  },
  jwks: (name: string) => toolOf(name).get(ToolKeyService, { strict: false }).jwks(),
  async register(name: string, body: z.input<typeof createRegistrationSchema>): Promise<string> {
    return (await registrationsOf(name).create(createRegistrationSchema.parse(body))).id;
  },
  async update(name: string, id: string, body: UpdateRegistration): Promise<void> {
    await registrationsOf(name).update(id, body);
  },
  /** Advances the clock, and that of the token store. */
  advance(ms: number): void {
    clock.advance(ms);
    passedMs += ms;
  },
  /** Sets the clock of this process. */
  setClock(byMs: number): void {
    clock.advance(byMs);
  },
  async authenticate({ tool, registrationId, callers, patience, permuted }: Callers): Promise<Authenticated> {
    const oauth = toolOf(tool).get(OAuthService, { strict: false });
    const signal = patience === undefined ? {} : { signal: patienceOf(patience).signal };
    const tokens = new Set<string>();
    const outcomes = await count(Array.from({ length: callers }), async () => {
      const recalled = await registrationsOf(tool).recall(registrationId);
      const registration = permuted === true ? withPermutedScopes(recalled) : recalled;
      const client = await oauth.authenticate(registration, { memberships: 'http://127.0.0.1/' }, signal);
      tokens.add(client.accessToken.hash);
      return '200';
    });
    return { outcomes, tokens: [...tokens] };
  },
  giveUp(patience: string): void {
    patienceOf(patience).abort(new GivenUp());
  },
  readRosters({ tool, registrationId, urls }: RosterCalls): Promise<Outcomes> {
    const oauth = toolOf(tool).get(OAuthService, { strict: false });
    return count(urls, async (url) => {
      const registration = await registrationsOf(tool).recall(registrationId);
      const client = await oauth.authenticate(registration, { memberships: url });
      const headers = { accept: membershipMediaType };
      return String((await client.send({ method: 'GET', url, headers })).status);
    });
  },
  /** Returns the ids. */
  async findOrCreate({ tool, registrationId, lineItemsUrl, inputs }: LineItemCalls): Promise<string[]> {
    const oauth = toolOf(tool).get(OAuthService, { strict: false });
    const grades = toolOf(tool).get(GradeService, { strict: false });
    const registration = await registrationsOf(tool).recall(registrationId);
    const client = await oauth.authenticate(registration, { lineItems: lineItemsUrl });
    const items = await Promise.all(inputs.map((input) => grades.findOrCreate(client, input)));
    return items.map(({ id }) => id);
  },
  async addCourse(name: string, body: z.input<typeof createCourseSchema>): Promise<string> {
    const courses = toolOf(name).get(CourseService, { strict: false });
    return (await courses.create(createCourseSchema.parse(body))).id;
  },
  /** Returns the number of accepted scores. */
  async enqueueScores(name: string, courseId: string, scores: OutboxScoreInput[]): Promise<number> {
    const passback = toolOf(name).get(GradePassbackService, { strict: false });
    const verdicts = await passback.enqueueAll(courseId, scores);
    return verdicts.filter(({ status }) => status === 'accepted').length;
  },
  /** Returns the number of runs. */
  async syncAll(name: string): Promise<number> {
    return (await toolOf(name).get(CourseSyncService, { strict: false }).syncAll()).length;
  },
  delivery: (name: string, registrationId: string): Promise<DeliveryStateView> =>
    toolOf(name).get(GradePassbackService, { strict: false }).state(registrationId),
  async suspensions(name: string, registrationId: string): Promise<SuspensionView[]> {
    const passback = toolOf(name).get(GradePassbackService, { strict: false });
    return (await passback.listSuspensions({ registrationId, limit: 500 })).items;
  },
  async list(name: string, registrationId: string): Promise<StoredEntry[]> {
    const store = toolOf(name).get<TokenStore>(TokenStore, { strict: false });
    const infos = await store.list(registrationId);
    return infos.map(({ token, failure, lease }) => ({
      hash: token?.hash,
      failure: failure?.kind,
      holder: lease?.holder,
    }));
  },
  adoptGrant: (tool: string, grant: AdoptedGrant): Promise<void> => adoptGrant(toolOf(tool), grant),
  callAsUser: (tool: string, { times, ...calls }: UserCalls & { times: number }): Promise<Outcomes> =>
    count(Array.from({ length: times }), () => callAsUser(toolOf(tool), calls)),
  pauseAt(point: PausePoint, registrationId: string): void {
    pauses.arm(point, registrationId);
  },
  goOn(registrationId: string): void {
    pauses.goOn(registrationId);
  },
};

export type Commands = typeof commands;

function letTimePass(store: TokenStore): void {
  const now = store.now?.bind(store);
  if (now !== undefined) store.now = async () => new Date((await now()).getTime() + passedMs);
}

function toolOf(name: string): INestApplicationContext {
  const tool = tools.get(name);
  if (tool === undefined) throw new Error(`No tool is open under the name ${name}.`);
  return tool;
}

function registrationsOf(name: string): RegistrationService {
  return toolOf(name).get(RegistrationService, { strict: false });
}

function withPermutedScopes(registration: Registration): Registration {
  return Object.assign(new Registration(), registration, { scopes: registration.scopes.toReversed() });
}

function patienceOf(name: string): AbortController {
  const controller = impatient.get(name) ?? new AbortController();
  impatient.set(name, controller);
  return controller;
}

/** Makes all calls at once. */
async function count<T>(each: readonly T[], call: (one: T) => Promise<string>): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const ends = await Promise.all(each.map((one) => call(one).catch((error: unknown) => codeOf(error))));
  for (const end of ends) outcomes[end] = (outcomes[end] ?? 0) + 1;
  return outcomes;
}

function codeOf(error: unknown): string {
  return error instanceof LtiError ? error.code : String(error);
}

interface Message {
  id: number;
  command: keyof Commands;
  args: unknown[];
}

process.on('message', ({ id, command, args }: Message) => {
  const run = commands[command] as (...given: unknown[]) => unknown;
  Promise.resolve()
    .then(() => run(...args))
    .then(
      (result) => process.send?.({ id, result }),
      (error: unknown) => process.send?.({ id, error: String((error as Error).stack) }),
    );
});
// Ctrl-C signals the whole process group, and the parent decides when this process ends.
process.on('SIGINT', () => undefined);
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });

import { Logger } from '@nestjs/common';
import { AccessTokenKey, type AccessToken } from '../../src/access-tokens/access-token.js';
import { type Lease } from '../../src/access-tokens/stores/token-store.js';
import { ServerTokenStore } from '../support/in-memory-store-server.js';
import { TwoProcesses } from '../support/two-processes.js';

const MINUTE_MS = 60_000;
const MARGIN_MS = 59 * MINUTE_MS;

describe('the metrics of access tokens', () => {
  beforeAll(() => Logger.overrideLogger(false));
  let both: TwoProcesses;
  afterEach(() => both.stop());

  type Process = TwoProcesses['one'];
  const tokenOf = async ({ oauth }: Process): Promise<AccessToken> =>
    (await oauth.authenticate(both.registration, {})).accessToken;
  /** The samples of this name that are not 0. */
  const samples = async ({ metrics }: Process, name: string): Promise<string[]> =>
    (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith(`nest_lti_token${name}`) && !line.endsWith(' 0'))
      .map((line) => line.slice('nest_lti_token'.length + name.length));

  it('count tokens by where they came from', async () => {
    both = await TwoProcesses.start();
    await tokenOf(both.one);
    for (let call = 0; call < 3; call += 1) await tokenOf(both.other);
    expect(await samples(both.one, 's_served_total')).toEqual(['{layer="platform"} 1']);
    expect(await samples(both.other, 's_served_total')).toEqual(['{layer="local"} 2', '{layer="store"} 1']);
  });

  it('count a token that stays in use because the platform has no newer one', async () => {
    both = await TwoProcesses.start();
    await tokenOf(both.one);
    both.advance(MARGIN_MS);
    both.lms.faults.add({ kind: 'html', on: 'token' });
    await tokenOf(both.one);
    expect(await samples(both.one, 's_served_total')).toEqual(['{layer="store"} 1', '{layer="platform"} 1']);
    expect(await samples(both.one, '_requests_total')).toEqual([
      '{outcome="granted",reason="expired"} 1',
      '{outcome="failed",reason="expired"} 1',
    ]);
  });

  it('count waiting for another process apart from taking over its unfinished work', async () => {
    both = await TwoProcesses.start();
    const { id, revision, scopes } = both.registration;
    const another = new ServerTokenStore(both.server);
    const lease = (await another.acquire(new AccessTokenKey(id, revision, scopes), {
      termMs: MINUTE_MS,
      holder: 'another',
    }))!;
    const waiting = [both.one, both.other].map(tokenOf);
    await Promise.all([both.one, both.other].map(({ clock }) => clock.untilSleeping()));
    await another.release(lease);
    await Promise.all(waiting);
    const counts = async (name: string): Promise<string[]> =>
      (await Promise.all([both.one, both.other].map((side) => samples(side, name)))).flat();
    expect(await counts('_wait_seconds_count')).toEqual([' 1', ' 1']);
    expect(await counts('_lease_takeovers_total')).toEqual([' 1']);
    expect(await counts('_leases_lost_total')).toEqual([]);
  });

  it.each(['commit', 'fail'] as const)('count a lease that was lost before the %s', async (operation) => {
    class ForgetfulStore extends ServerTokenStore {
      override commit = (lease: Lease, token: AccessToken): Promise<boolean> =>
        operation === 'commit' ? Promise.resolve(false) : super.commit(lease, token);
      override fail = (): Promise<boolean> => Promise.resolve(false);
    }
    both = await TwoProcesses.start({}, (server) => new ForgetfulStore(server));
    if (operation === 'fail') both.lms.faults.add({ kind: 'html', on: 'token' });
    await tokenOf(both.one).catch(() => undefined);
    expect(await samples(both.one, '_leases_lost_total')).toEqual([' 1']);
  });
});

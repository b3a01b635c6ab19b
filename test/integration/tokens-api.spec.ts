import { type TokenView } from '../../src/access-tokens/token.schema.js';
import { AccessToken, AccessTokenKey } from '../../src/access-tokens/access-token.js';
import { MemoryTokenStore } from '../../src/access-tokens/stores/memory-token-store.js';
import { TokenStore } from '../../src/access-tokens/stores/token-store.js';
import { LtiTestApp } from '../support/lti-app.js';
import { registrationBody } from '../support/registration-body.js';

const SECRET = 'the-token-itself';
const LEASE = { termMs: 60_000, holder: 'worker-7:4711' };
const UNKNOWN_REGISTRATION = '01890000-0000-7000-8000-000000000000';
const UNKNOWN_TOKEN = `${UNKNOWN_REGISTRATION}:1:${'A'.repeat(22)}`;

/** A store in which another process renews between the read and the deletion, or which does not answer. */
class UnrulyTokenStore extends MemoryTokenStore {
  mood: 'well' | 'silent' | 'down' = 'well';
  beforeDelete: () => Promise<unknown> = () => Promise.resolve();

  override list(registrationId: string) {
    if (this.mood === 'silent') return new Promise<never>(() => undefined);
    if (this.mood === 'down') return Promise.reject(new Error('connect ECONNREFUSED redis.internal:6379'));
    return super.list(registrationId);
  }

  override async delete(key: Pick<AccessTokenKey, 'id'>, tokenHash?: string) {
    await this.beforeDelete();
    return super.delete(key, tokenHash);
  }
}

class Scene {
  private registrations = 0;

  constructor(
    readonly lti: LtiTestApp,
    readonly store: TokenStore,
  ) {}

  async register(): Promise<string> {
    const clientId = `client-${++this.registrations}`;
    const body = registrationBody({ clientId, name: `Campus ${this.registrations}` });
    return (await this.lti.api('post', '/api/v1/registrations', body).expect(201)).body.id;
  }

  token(lifeSeconds = 3600, value = SECRET): AccessToken {
    const issuedAt = this.lti.clock.now();
    const expiresAt = new Date(issuedAt.getTime() + lifeSeconds * 1000);
    return new AccessToken({ value, scopes: ['b', 'a'], issuedAt, expiresAt });
  }

  async put(key: AccessTokenKey, token = this.token()): Promise<void> {
    const lease = await this.store.acquire(key, LEASE);
    expect(await this.store.commit(lease!, token)).toBe(true);
  }

  async fail(key: AccessTokenKey): Promise<void> {
    const lease = await this.store.acquire(key, LEASE);
    await this.store.fail(lease!, {
      kind: 'refused',
      message: 'The platform refused the token request (invalid_client).',
      platformError: 'invalid_client',
      retryAt: new Date(this.lti.clock.now().getTime() + 60_000),
      attempts: 2,
    });
  }

  async list(query = ''): Promise<{ items: TokenView[]; nextCursor?: string }> {
    return (await this.lti.api('get', `/api/v1/access-tokens${query}`).expect(200)).body;
  }

  async one(key: AccessTokenKey): Promise<TokenView | undefined> {
    const { items } = await this.list(`?registrationId=${key.registrationId}`);
    return items.find(({ id }) => id === key.id);
  }
}

describe.each(['memory', 'postgres'] as const)('the tokens of the %s store by REST', (tokenStore) => {
  let lti: LtiTestApp;
  let scene: Scene;
  beforeAll(async () => {
    lti = await LtiTestApp.start({ tokenStore });
    scene = new Scene(lti, lti.app.get<TokenStore>(TokenStore, { strict: false }));
  });
  afterAll(() => lti.stop());

  it('are shown with all that is known of them, except their values', async () => {
    const registrationId = await scene.register();
    const key = new AccessTokenKey(registrationId, 1, ['a', 'b', 'c']);
    expect(await scene.list(`?registrationId=${registrationId}`)).toEqual({ items: [] });
    const token = scene.token();
    await scene.put(key, token);
    const { text } = await lti.api('get', '/api/v1/access-tokens').expect(200);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(token.hash);
    expect(await scene.one(key)).toEqual({
      id: key.id,
      registrationId,
      registrationName: expect.stringMatching(/^Campus \d+$/),
      status: 'fresh',
      scopes: ['a', 'b'],
      issuedAt: token.issuedAt.toISOString(),
      expiresAt: token.expiresAt.toISOString(),
      leaseHolder: null,
      failure: null,
    });
  });

  it('show their status: renewing, failing, expired', async () => {
    const key = new AccessTokenKey(await scene.register(), 1, ['a']);
    const lease = await scene.store.acquire(key, LEASE);
    expect(await scene.one(key)).toMatchObject({
      status: 'renewing',
      leaseHolder: 'worker-7:4711',
      scopes: [],
    });
    await scene.store.release(lease!);
    await scene.fail(key);
    expect(await scene.one(key)).toMatchObject({
      status: 'failing',
      leaseHolder: null,
      issuedAt: null,
      expiresAt: null,
      failure: {
        kind: 'refused',
        message: expect.stringContaining('invalid_client'),
        platformError: 'invalid_client',
        retryAt: new Date(lti.clock.now().getTime() + 60_000).toISOString(),
        attempts: 2,
      },
    });
    await scene.put(key, scene.token(300));
    lti.clock.advance(239_000);
    expect(await scene.one(key)).toMatchObject({ status: 'fresh', failure: null });
    // Within the margin, a fifth of its life, it counts as expired.
    lti.clock.advance(1000);
    expect(await scene.one(key)).toMatchObject({ status: 'expired' });
  });

  it('are deleted one by one, with their failures', async () => {
    const registrationId = await scene.register();
    const [first, second] = [['a'], ['b']].map((scopes) => new AccessTokenKey(registrationId, 1, scopes));
    await scene.put(first!);
    await scene.fail(second!);
    const path = (key?: AccessTokenKey) => `/api/v1/access-tokens/${encodeURIComponent(key!.id)}`;
    await lti.api('delete', path(first)).expect(204);
    const { items } = await scene.list(`?registrationId=${registrationId}`);
    expect(items.map(({ id }) => id)).toEqual([second!.id]);
    const gone = await lti.api('delete', path(first)).expect(404);
    expect(gone.body.code).toBe('token_not_found');
    await lti.api('delete', path(second)).expect(204);
    expect(await scene.store.get(second!)).toBeUndefined();
  });

  it('are listed by registration, in pages', async () => {
    const keys: string[] = [];
    for (let count = 0; count < 3; count++) {
      const registrationId = await scene.register();
      for (const scopes of [['a'], ['b']]) {
        const key = new AccessTokenKey(registrationId, 1, scopes);
        await scene.put(key);
        keys.push(key.id);
      }
    }
    const seen: string[] = [];
    let pages = 0;
    for (let cursor = ''; ; pages++) {
      const page = await scene.list(`?limit=2${cursor}`);
      seen.push(...page.items.map(({ id }) => id));
      if (page.nextCursor === undefined) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(pages).toBeGreaterThan(0);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.slice(0, 6).sort()).toEqual(keys.toSorted());
    const registrations = (ids: string[]) => [...new Set(ids.map((id) => id.split(':')[0]))];
    expect(registrations(seen).slice(0, 3)).toEqual(registrations(keys).toReversed());
    const { items } = await scene.list('?limit=500&order=asc');
    expect(registrations(items.map(({ id }) => id)).slice(-3)).toEqual(registrations(keys));
    expect(seen).toEqual((await scene.list('?limit=500')).items.map(({ id }) => id));
  });

  it('are deleted with their registration', async () => {
    const registrationId = await scene.register();
    await scene.put(new AccessTokenKey(registrationId, 1, ['a']));
    await lti.api('delete', `/api/v1/registrations/${registrationId}`).expect(204);
    const { body } = await lti
      .api('get', `/api/v1/access-tokens?registrationId=${registrationId}`)
      .expect(404);
    expect(body.code).toBe('registration_not_found');
    expect(await scene.store.list(registrationId)).toEqual([]);
  });
});

describe('the tokens by REST', () => {
  let store: UnrulyTokenStore;
  let lti: LtiTestApp;
  let scene: Scene;
  beforeAll(async () => {
    store = new UnrulyTokenStore();
    lti = await LtiTestApp.start({ tokenStore: { type: 'custom', store } });
    scene = new Scene(lti, store);
  });
  beforeEach(() => {
    store.mood = 'well';
    store.beforeDelete = () => Promise.resolve();
  });
  afterAll(() => lti.stop());

  it('are kept when another caller renewed them between look-up and deletion', async () => {
    const key = new AccessTokenKey(await scene.register(), 1, ['a']);
    await scene.put(key);
    store.beforeDelete = () => scene.put(key, scene.token(3600, 'a-newer-one'));
    await lti.api('delete', `/api/v1/access-tokens/${key.id}`).expect(204);
    expect((await store.get(key))?.token?.value).toBe('a-newer-one');
  });

  it('do not affect a renewal in progress when they are deleted', async () => {
    const key = new AccessTokenKey(await scene.register(), 1, ['a']);
    const lease = await store.acquire(key, LEASE);
    // There is nothing to delete yet.
    await lti.api('delete', `/api/v1/access-tokens/${key.id}`).expect(404);
    expect(await store.commit(lease!, scene.token())).toBe(true);
  });

  it.each(['silent', 'down'] as const)('report within two seconds that the store is %s', async (mood) => {
    const key = new AccessTokenKey(await scene.register(), 1, ['a']);
    await scene.put(key);
    store.mood = mood;
    const answers = await Promise.all([
      lti.api('get', '/api/v1/access-tokens').expect(503),
      lti.api('delete', `/api/v1/access-tokens/${key.id}`).expect(503),
    ]);
    for (const { body, text } of answers) {
      expect(body.code).toBe('token_store_unavailable');
      expect(text).not.toContain('redis.internal');
    }
    store.mood = 'well';
    expect(await scene.one(key)).toMatchObject({ status: 'fresh' });
  });

  it.each([
    ['get', '/api/v1/access-tokens?registrationId=x', 400, 'invalid_request'],
    ['get', '/api/v1/access-tokens?cursor=x', 400, 'invalid_request'],
    ['get', '/api/v1/access-tokens?limit=0', 400, 'invalid_request'],
    ['get', '/api/v1/access-tokens?token=x', 400, 'invalid_request'],
    ['get', `/api/v1/access-tokens?registrationId=${UNKNOWN_REGISTRATION}`, 404, 'registration_not_found'],
    ['delete', '/api/v1/access-tokens/x', 400, 'invalid_request'],
    ['delete', `/api/v1/access-tokens/${UNKNOWN_REGISTRATION}`, 400, 'invalid_request'],
    ['delete', `/api/v1/access-tokens/${UNKNOWN_TOKEN}%0A`, 400, 'invalid_request'],
    ['delete', `/api/v1/access-tokens/${UNKNOWN_TOKEN}`, 404, 'token_not_found'],
  ] as const)('answer %s %s with %i', async (method, path, status, code) => {
    const { body } = await lti.api(method, path).expect(status);
    expect(body.code).toBe(code);
  });
});

describe('the tokens by REST without a store', () => {
  it('are an empty list', async () => {
    const lti = await LtiTestApp.start({ tokenStore: 'none' });
    await lti.api('post', '/api/v1/registrations', registrationBody()).expect(201);
    await lti.api('get', '/api/v1/access-tokens').expect(200, { items: [] });
    const { body } = await lti.api('delete', `/api/v1/access-tokens/${UNKNOWN_TOKEN}`).expect(404);
    expect(body.code).toBe('token_not_found');
    await lti.stop();
  });
});

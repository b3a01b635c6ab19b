import { type StoreName, type TokenStage } from '../support/token-stage.js';

const MINUTE = 60_000;
const SMALL_POOL = 2;

/** Which processes share a token, and which do not. */
export function keyCases(stage: () => TokenStage, store: StoreName): void {
  const four = () => stage().processes.slice(0, 4);

  it('give two client_ids of one issuer a token each', async () => {
    const lms = await stage().platform();
    const one = await stage().registered(store, lms);
    const other = await stage().registered(store, lms);

    const [ofOne, ofOther] = await Promise.all([one.authenticate(four(), 5), other.authenticate(four(), 5)]);

    expect(ofOne.tokens).toHaveLength(1);
    expect(ofOther.tokens).toHaveLength(1);
    expect(ofOne.tokens).not.toEqual(ofOther.tokens);
    expect(lms.issuedTokens.map(({ clientId }) => clientId).sort()).toEqual(
      [one.clientId, other.clientId].sort(),
    );
    expect(lms.counts.tokenRequests).toBe(2);
  });

  it('share a token between registrations whose scopes come in another order', async () => {
    const campus = await stage().campus(store);
    const [first, ...rest] = four();

    const all = await Promise.all([
      campus.authenticate([first!], 5, { permuted: true }),
      campus.authenticate(rest, 5),
    ]);

    expect(new Set(all.flatMap(({ tokens }) => tokens)).size).toBe(1);
    expect(campus.tokenRequests).toBe(1);
  });

  it('use the new token URL once, and never the old one again, within a minute of an edit', async () => {
    const campus = await stage().campus(store);
    const [editor] = four();
    const before = await campus.authenticate(four(), 5);
    const moved = await stage().platform();
    await stage().introduce(store, moved, campus.clientId);
    const { tokenUrl } = moved;

    await editor!.tell('update', store, campus.registrationId, { tokenUrl });
    expect((await campus.authenticate([editor!])).tokens).not.toEqual(before.tokens);
    await stage().advance(MINUTE);
    const after = await campus.authenticate(four(), 5);

    expect(after.outcomes).toEqual({ 200: 20 });
    expect(after.tokens).toHaveLength(1);
    expect(after.tokens).not.toEqual(before.tokens);
    expect(moved.counts.tokenRequests).toBe(1);
    expect(campus.tokenRequests).toBe(1);
  });

  it('sign each attempt again, also the one after a lost answer', async () => {
    const campus = await stage().campus(store);
    const [first] = four();
    campus.lms.faults.add({ kind: 'cut', on: 'token' });

    expect((await campus.authenticate([first!])).outcomes).toEqual({ token_request_failed: 1 });
    // All processes share the failure until its `retryAt`.
    expect((await campus.authenticate(four())).outcomes).toEqual({ token_request_failed: 4 });
    await stage().advance(MINUTE);

    expect((await campus.authenticate([first!])).outcomes).toEqual({ 200: 1 });
    expect(campus.tokenRequests).toBe(2);
    expect(campus.rejected).toEqual({});
  });

  it('give the token to the waiting callers when the caller that started the renewal aborts', async () => {
    const campus = await stage().campus(store);
    const [first, second] = four();
    const { there } = await first!.pauseAt('before-request', campus.registrationId);
    const patience = campus.registrationId;
    const impatient = campus.authenticate([first!], 1, { patience });
    await there;
    const others = campus.authenticate([first!, second!], 5);

    await first!.tell('giveUp', patience);
    expect(await impatient).toEqual({ outcomes: { GivenUp: 1 }, tokens: [] });
    await first!.tell('goOn', campus.registrationId);

    expect((await others).outcomes).toEqual({ 200: 10 });
    expect(campus.tokenRequests).toBe(1);
  });

  describe('with other encryption keys', () => {
    const RING = 'ring';
    const openWith = (nth: number, ...tokenRing: [string, ...string[]]) =>
      stage().open(RING, [four()[nth]!], stage().settings(store, { tokenRing }, SMALL_POOL));
    afterEach(() => stage().close(RING));

    it('share one token through a rotation of the keys, old and new processes side by side', async () => {
      const [one, two, three, four_] = four();
      await openWith(0, 'k1');
      const campus = await stage().campus(RING);
      await openWith(1, 'k1', 'k2');
      const oldBesideNext = await campus.authenticate([one!, two!], 5);
      await openWith(2, 'k2', 'k1');
      const nextBesideNew = await campus.authenticate([three!, two!], 5);
      await openWith(3, 'k2');
      const newBesideLast = await campus.authenticate([four_!, three!], 5);

      for (const { outcomes } of [oldBesideNext, nextBesideNew, newBesideLast]) {
        expect(outcomes).toEqual({ 200: 10 });
      }
      expect(newBesideLast.tokens).toEqual(oldBesideNext.tokens);
      expect(campus.tokenRequests).toBe(1);
    });

    it("cause a token request for each process and token life when they cannot decrypt each other's tokens", async () => {
      const [one, two] = four();
      await openWith(0, 'k1');
      const campus = await stage().campus(RING);
      await openWith(1, 'k2');
      for (let minute = 0; minute < 60; minute += 3) {
        expect((await campus.authenticate([one!, two!], 3)).outcomes).toEqual({ 200: 6 });
        await stage().advance(3 * MINUTE);
      }

      expect(campus.tokenRequests).toBeLessThanOrEqual(4);
    });
  });
}

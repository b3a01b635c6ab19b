import { type TokenStage } from '../support/token-stage.js';

const MINUTE = 60_000;
const STEP = 5 * MINUTE;
/** The platform accepts the assertions of both clocks, which are 5 min apart. */
const BEHIND = -225_000;

/** Clocks that differ, and are set, by 5 minutes. */
export function clockCases(stage: () => TokenStage, tool: string): void {
  it('cause neither a loop nor a burst of requests when their clocks are 5 minutes apart and jump by 5 minutes now and then', async () => {
    const hour = await stage().campus(tool, { family: 'openedx', tokenLifeSeconds: 3600 });
    const short = await stage().campus(tool, { family: 'openedx', tokenLifeSeconds: 300 });
    const four = stage().processes.slice(0, 4);
    const [rosterOfHour, rosterOfShort] = [hour, short].map((campus) => campus.newRosters(1)[0]!);
    const set = (changes: readonly number[]) =>
      Promise.all(four.map((each, index) => each.tell('setClock', changes[index]!)));
    let offsets = four.map((_, index) => BEHIND + (index % 2) * STEP);
    await set(offsets);

    for (let minute = 0; minute < 60; minute++) {
      if (minute === 20 || minute === 40) {
        // The slow clocks are set forward, and the fast ones back.
        const changes = offsets.map((offset) => (offset === BEHIND ? STEP : -STEP));
        await set(changes);
        offsets = offsets.map((offset, index) => offset + changes[index]!);
      }
      const outcomes = await Promise.all([
        hour.readRosters(four, Array<string>(4).fill(rosterOfHour!)),
        short.readRosters(four, Array<string>(4).fill(rosterOfShort!)),
      ]);
      expect(outcomes).toEqual([{ 200: 4 }, { 200: 4 }]);
      await stage().advance(MINUTE);
    }
    await set(offsets.map((offset) => -offset));

    expect(hour.tokenRequests).toBeLessThanOrEqual(4);
    expect(short.tokenRequests).toBeLessThanOrEqual(40);
    // A token whose age is underestimated may expire in flight; there must be no other error.
    const reasons = [hour, short].flatMap(({ rejected }) => Object.keys(rejected));
    expect(reasons.filter((reason) => reason !== 'expired_token')).toEqual([]);
  });
}

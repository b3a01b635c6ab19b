import { type NewLineItem } from '../../src/lti-services/grades/line-item.schema.js';
import { type FleetCampus } from '../support/fleet-campus.js';
import { type TokenProcess } from '../support/token-fleet.js';
import { type TokenStage } from '../support/token-stage.js';

const CALLS = 100;
const TOOL = 'line-items';

/** Line items that several processes find or create at once. */
export function lineItemCases(stage: () => TokenStage): void {
  describe('2 processes that find or create a line item 100 times at once', () => {
    let processes: TokenProcess[];
    let campus: FleetCampus;

    beforeAll(async () => {
      processes = stage().processes.slice(0, 2);
      await stage().open(TOOL, processes, stage().settings('memory'));
      campus = await stage().campus(TOOL);
    });
    afterAll(() => Promise.all(processes.map((each) => each.tell('close', TOOL))));

    it.each<[string, (nth: number) => Partial<NewLineItem>]>([
      ['in the same words', () => ({})],
      ['under several labels', (nth) => ({ label: `Quiz ${nth % 10}` })],
    ])('%s create one line item', async (_, more) => {
      const { lineItemsUrl, gradebook } = campus.lms.addCourse({ members: 2 });
      const inputs = Array.from({ length: CALLS }, (__, nth): NewLineItem => {
        return { label: 'Quiz', scoreMaximum: 20, resourceId: 'quiz-1', tag: 'grade', ...more(nth) };
      });

      const ids = await campus.findOrCreate(processes, lineItemsUrl, inputs);

      expect(ids).toEqual(gradebook.lineItems.map(({ url }) => url));
      expect(gradebook.lineItems).toHaveLength(1);
      expect(campus.rejected).toEqual({});
    });
  });
}

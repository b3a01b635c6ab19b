import { LRUCache } from 'lru-cache';
import { LtiError } from '../../common/lti-error.js';
import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { type Score } from './score.schema.js';
import { fetchLineItem } from './written-line-item.js';

const MAX_LINE_ITEMS = 10_000;

type ScaledScore = Pick<Score, 'scoreGiven' | 'scoreMaximum'>;

/** The maximums of line items, for families that round a score before they scale it. */
export class LineItemMaximums {
  /** After a change of the maximum, a score is only rounded a little less exactly. */
  private readonly known = new LRUCache<string, Promise<number | undefined>>({ max: MAX_LINE_ITEMS });

  /** The score, scaled to the maximum of its line item; unchanged if the maximum cannot be read. */
  async scaled<T extends ScaledScore>(client: OAuthClient, lineItemId: string, score: T): Promise<T> {
    const { scoreGiven, scoreMaximum } = score;
    if (scoreGiven === null || scoreMaximum === undefined) return score;
    const maximum = await this.maximumOf(client, lineItemId);
    if (maximum === undefined || maximum === scoreMaximum) return score;
    return { ...score, scoreGiven: (scoreGiven * maximum) / scoreMaximum, scoreMaximum: maximum };
  }

  private maximumOf(client: OAuthClient, lineItemId: string): Promise<number | undefined> {
    const key = `${client.registration.id} ${lineItemId}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const asked = fetchLineItem(client, lineItemId).then(
      ({ lineItem: { scoreMaximum } }) => (scoreMaximum > 0 ? scoreMaximum : undefined),
      (error: unknown) => {
        this.known.delete(key);
        // The score is sent unscaled then.
        if (error instanceof LtiError) return undefined;
        throw error;
      },
    );
    this.known.set(key, asked);
    return asked;
  }
}

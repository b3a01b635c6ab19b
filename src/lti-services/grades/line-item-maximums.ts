import { LtiError } from '../../common/lti-error.js';
import { remember } from '../../common/remember.js';
import { type OAuthClient } from '../../access-tokens/oauth-client.js';
import { type PlatformFamily } from '../../registrations/platform-family.js';
import { type Score } from './score.schema.js';
import { fetchLineItem } from './written-line-item.js';

/**
 * Decimals that a family rounds a scoreGiven to before it scales it to the line item's maximum. Measured: Moodle makes 33.333
 * of 100 out of a third of 1.
 */
const ROUNDS_TO_DECIMALS: Partial<Record<PlatformFamily, number>> = { moodle: 5 };

/** The maximums of line items, for families that round before they scale. */
export class LineItemMaximums {
  /** One that has changed since only rounds a little worse. */
  private readonly known = new Map<string, Promise<number | undefined>>();

  /** The score out of the line item's maximum, where the family would lose digits of it otherwise. */
  async scaled(client: OAuthClient, lineItemId: string, score: Score): Promise<Score> {
    const decimals = ROUNDS_TO_DECIMALS[client.registration.platformFamily];
    const { scoreGiven, scoreMaximum } = score;
    if (decimals === undefined || scoreGiven === null || scoreMaximum === undefined) return score;
    if (Number(scoreGiven.toFixed(decimals)) === scoreGiven) return score;
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
        // Without it the score is sent as it came.
        if (error instanceof LtiError) return undefined;
        throw error;
      },
    );
    remember(this.known, key, asked);
    return asked;
  }
}

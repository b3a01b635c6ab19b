import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { LTI_DATA_SOURCE } from '../../database/lti-data-source.js';
import { type Lti11Kind, Lti11Link, type Lti11Pair } from './lti11-link.entity.js';

/** Pairs that a verified migration claim has proved. */
export interface ProvenPairs {
  registrationId: string;
  consumerId: string;
  /** At most one pair of each kind. */
  pairs: readonly Lti11Pair[];
}

/**
 * The LTI 1.1 ids of users, courses and resource links of LTI 1.3.
 *
 * @example
 * const link = await lti11Links.find(registrationId, 'user', userId);
 */
@Injectable()
export class Lti11LinkRepository {
  constructor(
    @InjectRepository(Lti11Link, LTI_DATA_SOURCE) private readonly links: Repository<Lti11Link>,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Stores the pairs; the latest proof counts. Rows that would not change are not locked, since a whole class launches one course at
   * once.
   */
  async link({ registrationId, consumerId, pairs }: ProvenPairs): Promise<void> {
    if (pairs.length === 0) return;
    await this.links.query(
      `INSERT INTO nest_lti.lti11_link (registration_id, kind, lti_id, lti11_id, consumer_id, linked_at)
       SELECT $1, proven.kind, proven.lti_id, proven.lti11_id, $2, $3
       FROM unnest($4::text[], $5::text[], $6::text[]) AS proven (kind, lti_id, lti11_id)
       WHERE NOT EXISTS (
         SELECT FROM nest_lti.lti11_link AS known
         WHERE (known.registration_id, known.kind, known.lti_id, known.lti11_id, known.consumer_id)
           = ($1, proven.kind, proven.lti_id, proven.lti11_id, $2))
       ORDER BY proven.kind
       ON CONFLICT (registration_id, kind, lti_id) DO UPDATE
         SET lti11_id = excluded.lti11_id, consumer_id = excluded.consumer_id, linked_at = excluded.linked_at`,
      [
        registrationId,
        consumerId,
        this.clock.now(),
        pairs.map(({ kind }) => kind),
        pairs.map(({ ltiId }) => ltiId),
        pairs.map(({ lti11Id }) => lti11Id),
      ],
    );
  }

  /**
   * The LTI 1.1 id of a user, context or resource link; undefined if the platform has not proved one.
   *
   * @example
   * const link = await lti11Links.find(registrationId, 'resource_link', resourceLinkId);
   * const oldId = link?.lti11Id;
   */
  async find(registrationId: string, kind: Lti11Kind, ltiId: string): Promise<Lti11Link | undefined> {
    return (await this.links.findOneBy({ registrationId, kind, ltiId })) ?? undefined;
  }
}

import { type Lti11Consumer } from './lti11-consumer.entity.js';
import { type Lti11ConsumerView } from './lti11-consumer.schema.js';

export function viewLti11Consumer(consumer: Lti11Consumer): Lti11ConsumerView {
  return {
    id: consumer.id,
    name: consumer.name,
    consumerKey: consumer.consumerKey,
    registrationId: consumer.registrationId,
    createdAt: consumer.createdAt.toISOString(),
    updatedAt: consumer.updatedAt.toISOString(),
  };
}

import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';

/**
 * What nest-lti measures, in a Prometheus registry of its own: prom-client's default one belongs to the host.
 *
 * The standalone service shows it at `GET /metrics`. An embedding app shows it beside its own numbers, all of which
 * have other names: ours begin with `nest_lti_`.
 *
 * @example
 * const text = await Registry.merge([register, app.get(LtiMetrics).registry]).metrics();
 */
@Injectable()
export class LtiMetrics {
  /** Each process counts for itself, as Prometheus expects. */
  readonly registry = new Registry();
}

import { register } from 'prom-client';
import { LtiMetrics } from './lti-metrics.js';
import { TokenMetrics } from './token-metrics.js';

describe('the numbers of the access tokens', () => {
  let lti: LtiMetrics;
  let metrics: TokenMetrics;
  beforeEach(() => {
    lti = new LtiMetrics();
    metrics = new TokenMetrics(lti);
  });

  const lines = async (): Promise<string[]> => (await lti.registry.metrics()).split('\n');

  it('exist from the start with the value 0, and the store counts as up', async () => {
    const samples = (await lines()).filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples).toContain('nest_lti_token_requests_total{outcome="scope",reason="forced"} 0');
    expect(samples).toContain('nest_lti_tokens_served_total{layer="local"} 0');
    expect(samples).toContain('nest_lti_token_request_seconds_count{outcome="granted"} 0');
    expect(samples).toContain('nest_lti_token_store_outages_total{operation="commit"} 0');
    expect(samples).toContain('nest_lti_token_store_outages_total{operation="now"} 0');
    expect(samples.filter((line) => !line.endsWith(' 0'))).toEqual(['nest_lti_token_store_up 1']);
  });

  it('rise with each event', async () => {
    metrics.request('granted', 'early', 0.2);
    metrics.request('granted', 'expired', 3);
    metrics.served('store');
    metrics.waited(0.03);
    metrics.takeover();
    metrics.leaseLost();
    metrics.storeOutage('get');
    metrics.storeUp(false);
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nest_lti_token_requests_total{outcome="granted",reason="early"} 1',
        'nest_lti_token_requests_total{outcome="granted",reason="expired"} 1',
        'nest_lti_token_request_seconds_bucket{le="0.25",outcome="granted"} 1',
        'nest_lti_token_request_seconds_sum{outcome="granted"} 3.2',
        'nest_lti_tokens_served_total{layer="store"} 1',
        'nest_lti_token_wait_seconds_count 1',
        'nest_lti_token_lease_takeovers_total 1',
        'nest_lti_token_leases_lost_total 1',
        'nest_lti_token_store_outages_total{operation="get"} 1',
        'nest_lti_token_store_up 0',
      ]),
    );
  });

  it('count each local hit once, also a hit that is reported without a call', async () => {
    const local = 'nest_lti_tokens_served_total{layer="local"}';
    metrics.localHits += 3;
    expect(await lines()).toContain(`${local} 3`);
    expect(await lines()).toContain(`${local} 3`);
    metrics.localHits++;
    expect(await lines()).toContain(`${local} 4`);
  });

  it('belong to one part of the process each, and are not in the default registry', () => {
    expect(() => new TokenMetrics(new LtiMetrics())).not.toThrow();
    expect(register.getMetricsAsArray()).toEqual([]);
  });
});

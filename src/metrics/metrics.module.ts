import { Module } from '@nestjs/common';
import { LtiMetrics } from './lti-metrics.js';
import { TokenMetrics } from './token-metrics.js';

/** Knows nothing of the parts that it measures: they import it. */
@Module({ providers: [LtiMetrics, TokenMetrics], exports: [LtiMetrics, TokenMetrics] })
export class MetricsModule {}

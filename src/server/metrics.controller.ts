import { Get, Header, Res } from '@nestjs/common';
import { type ServerResponse } from 'node:http';
import { LtiMetrics } from 'nest-lti';
import { OpenController, Operation } from 'nest-lti/internal';
import { z } from 'zod';

/**
 * For Prometheus, and open like the health checks: numbers of this process, no names and no secrets. Only the standalone
 * service has it: an embedding app has its own such page, or wants none.
 */
@OpenController('metrics', 'operations')
export class MetricsController {
  constructor(private readonly metrics: LtiMetrics) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @Operation({
    summary: 'Numbers of this process, in the text format of Prometheus',
    response: z.string(),
    responseDescription: 'They are',
    responseType: 'text/plain',
  })
  show(@Res({ passthrough: true }) response: ServerResponse): Promise<string> {
    const { registry } = this.metrics;
    response.setHeader('Content-Type', registry.contentType);
    return registry.metrics();
  }
}

import { Controller, Get, Header, Res, UseFilters } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { type ServerResponse } from 'node:http';
import { LtiMetrics, ProblemDetailsFilter } from 'nest-lti';

/**
 * For Prometheus, and open like the health checks: numbers of this process, no names and no secrets. Only the standalone
 * service has it: an embedding app has its own such page, or wants none.
 */
@ApiTags('operations')
@Controller('metrics')
@UseFilters(ProblemDetailsFilter)
export class MetricsController {
  constructor(private readonly metrics: LtiMetrics) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Numbers of this process, in the text format of Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'They are', schema: { type: 'string' } })
  show(@Res({ passthrough: true }) response: ServerResponse): Promise<string> {
    const { registry } = this.metrics;
    response.setHeader('Content-Type', registry.contentType);
    return registry.metrics();
  }
}

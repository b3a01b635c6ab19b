import { Injectable, type OnModuleInit } from '@nestjs/common';
import { collectDefaultMetrics } from 'prom-client';
import { LtiMetrics } from 'nest-lti';

/** prom-client's numbers of the process itself, such as memory and the lag of the event loop. A host has its own. */
@Injectable()
export class ProcessMetrics implements OnModuleInit {
  constructor(private readonly metrics: LtiMetrics) {}

  onModuleInit(): void {
    collectDefaultMetrics({ register: this.metrics.registry });
  }
}

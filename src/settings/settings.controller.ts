import { Get, Inject } from '@nestjs/common';
import { ApiController } from '../access/api-controller.decorator.js';
import { Operation } from '../common/openapi/operation.decorator.js';
import { LtiConfig } from '../config/lti-config.js';
import { type SettingsView, settingsViewSchema } from './settings.schema.js';
import { viewSettings } from './settings.view.js';

@ApiController('settings', 'operations')
export class SettingsController {
  constructor(@Inject(LtiConfig) private readonly config: LtiConfig) {}

  @Get()
  @Operation({
    summary:
      'The options of this process: what is in force, and whether it is the default. Secrets are never shown',
    response: settingsViewSchema,
  })
  read(): SettingsView {
    return viewSettings(this.config);
  }
}

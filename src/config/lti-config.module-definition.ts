import { ConfigurableModuleBuilder } from '@nestjs/common';
import { type LtiModuleOptions } from './lti-config.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<LtiModuleOptions>({ moduleName: 'NestLtiConfig' })
    .setClassMethodName('forRoot')
    .build();

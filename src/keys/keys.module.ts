import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LtiConfig } from '../config/lti-config.js';
import { LTI_DATA_SOURCE } from '../database/lti-data-source.js';
import { IntervalsModule } from '../jobs/intervals.module.js';
import { KeyRotationService } from './key-rotation.service.js';
import { KeySigner } from './key-signer.js';
import { LocalKeySigner } from './local-key-signer.js';
import { ToolKey } from './tool-key.entity.js';
import { ToolKeyService } from './tool-key.service.js';

@Module({
  imports: [IntervalsModule, TypeOrmModule.forFeature([ToolKey], LTI_DATA_SOURCE)],
  providers: [
    ToolKeyService,
    KeyRotationService,
    {
      provide: KeySigner,
      inject: [LtiConfig],
      useFactory: ({ toolKeys }: LtiConfig): KeySigner => toolKeys.signer ?? new LocalKeySigner(),
    },
  ],
  exports: [ToolKeyService, KeyRotationService],
})
export class KeysModule {}

import { Module } from '@nestjs/common';
import { DatabaseModule } from '../../database/database.module.js';
import { GradeService } from './grade.service.js';
import { LineItemFinder } from './line-item-finder.js';

@Module({
  imports: [DatabaseModule],
  providers: [GradeService, LineItemFinder],
  exports: [GradeService],
})
export class GradesModule {}

import { Module } from '@nestjs/common';
import { GradeService } from './grade.service.js';

@Module({ providers: [GradeService], exports: [GradeService] })
export class GradesModule {}

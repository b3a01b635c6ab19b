import { Module } from '@nestjs/common';
import { GreetingController } from './greeting.controller.js';

@Module({
  imports: [],
  controllers: [GreetingController],
})
export class AppModule {}

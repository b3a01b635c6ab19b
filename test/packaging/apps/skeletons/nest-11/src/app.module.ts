import { Module } from '@nestjs/common';
import { GreetingController } from './greeting.controller';

@Module({
  imports: [],
  controllers: [GreetingController],
})
export class AppModule {}

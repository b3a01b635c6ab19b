import { Controller, Get } from '@nestjs/common';

@Controller()
export class GreetingController {
  @Get()
  greet(): string {
    return 'Hello';
  }
}

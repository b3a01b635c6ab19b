import { type INestApplication, ValidationPipe } from '@nestjs/common';

export function configure(app: INestApplication): INestApplication {
  app.setGlobalPrefix('backend');
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.enableShutdownHooks();
  return app;
}

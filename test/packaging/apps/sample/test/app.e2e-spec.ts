import { type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { adapter } from '../src/adapter.js';
import { AppModule } from '../src/app.module.js';
import { configure } from '../src/configure.js';
import { useTool } from '../src/use-tool.js';

describe('the tool', () => {
  let app: INestApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = configure(module.createNestApplication(adapter()));
    await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
  }, 60_000);
  afterAll(() => app.close());

  it('is launched, reads a roster and posts a score', async () => {
    await useTool(app);
  }, 60_000);
});

import { HttpCode, type INestApplication, Module, Post, RequestMethod, VersioningType } from '@nestjs/common';
import { NestFactory, RouterModule } from '@nestjs/core';
import request from 'supertest';
import { z } from 'zod';
import { ApiController } from './access/api-controller.decorator.js';
import { ApiAuthorizer } from './access/api-access.guard.js';
import { OpenController } from './common/open-controller.decorator.js';
import { Operation } from './common/openapi/operation.decorator.js';
import { ValidatedBody, ValidatedParam } from './common/validated-parameters.js';
import { LtiConfig } from './config/lti-config.js';
import { ltiOpenApi } from './openapi.js';

const noteSchema = z.strictObject({ text: z.string().max(9) });

@ApiController('notes', 'notes')
class NoteController {
  @Post(':id')
  @HttpCode(200)
  @Operation({ summary: 'Change a note', response: noteSchema, errors: { 404: 'note_not_found' } })
  change(@ValidatedParam('id', z.string()) _id: string, @ValidatedBody(noteSchema) note: object): object {
    return note;
  }
}

@OpenController('lti', 'platforms')
class OpenNoteController {
  @Post('open')
  @HttpCode(204)
  @Operation({ summary: 'Say nothing' })
  open(): void {
    // Nothing to do.
  }
}

@Module({
  controllers: [NoteController, OpenNoteController],
  providers: [
    { provide: ApiAuthorizer, useValue: { canActivate: () => true } },
    { provide: LtiConfig, useValue: { publicUrl: 'https://tool.example.edu/proxied' } },
  ],
})
class NotesModule {}

@Module({ imports: [NotesModule] })
class PlainHost {}

@Module({ imports: [NotesModule, RouterModule.register([{ path: 'tool', module: NotesModule }])] })
class RoutingHost {}

describe('the OpenAPI document of an embedding application', () => {
  let app: INestApplication;
  afterEach(() => app.close());

  async function start(
    host: object,
    prepare: (app: INestApplication) => void = () => undefined,
  ): Promise<void> {
    app = await NestFactory.create(host, { logger: false });
    prepare(app);
    await app.listen(0, '127.0.0.1');
  }

  /** Each documented path answers, so it is where the route really is. */
  async function pathsThatAnswer(): Promise<string[]> {
    const paths = Object.keys(ltiOpenApi(app).paths);
    for (const path of paths) {
      const { status } = await request(app.getHttpServer())
        .post(path.replace('{id}', '1'))
        .send({ text: 'a' });
      expect([path, status]).toEqual([path, path.endsWith('open') ? 204 : 200]);
    }
    return paths;
  }

  it('includes the global prefix and its exceptions', async () => {
    await start(PlainHost, (host) =>
      host.setGlobalPrefix('tool', { exclude: [{ path: 'lti/*path', method: RequestMethod.ALL }] }),
    );
    expect(await pathsThatAnswer()).toEqual(['/tool/api/v1/notes/{id}', '/lti/open']);
  });

  it("includes the path of the host's RouterModule, and no version of the host, since our routes are neutral", async () => {
    await start(RoutingHost, (host) =>
      host.enableVersioning({ type: VersioningType.URI, defaultVersion: '2' }),
    );
    expect(await pathsThatAnswer()).toEqual(['/tool/api/v1/notes/{id}', '/tool/lti/open']);
  });

  it('includes the base path of a proxy, with or without its last slash', async () => {
    await start(PlainHost);
    for (const basePath of ['/proxied', '/proxied/']) {
      const { paths, servers } = ltiOpenApi(app, { basePath });
      expect(servers).toEqual([{ url: 'https://tool.example.edu' }]);
      expect(Object.keys(paths)).toEqual(['/proxied/api/v1/notes/{id}', '/proxied/lti/open']);
    }
  });

  it("does not mention API keys behind the host's own guard, only what the host says about it", async () => {
    await start(PlainHost);
    const silent = ltiOpenApi(app);
    expect(silent.components).not.toHaveProperty('securitySchemes');
    expect(silent.paths['/api/v1/notes/{id}']?.post).not.toHaveProperty('security');
    const { paths } = ltiOpenApi(app, { security: [{ campus: ['admin'] }] });
    expect(paths['/api/v1/notes/{id}']?.post?.security).toEqual([{ campus: ['admin'] }]);
    expect(paths['/lti/open']?.post?.security).toEqual([]);
    expect(Object.keys(paths['/api/v1/notes/{id}']?.post?.responses ?? {})).toEqual([
      '200',
      '400',
      '404',
      '413',
      '415',
    ]);
  });

  it('describes the schemas that validate the body, the path and the answer', async () => {
    await start(PlainHost);
    const schema = {
      type: 'object',
      properties: { text: { type: 'string', maxLength: 9 } },
      required: ['text'],
      additionalProperties: false,
    };
    expect(ltiOpenApi(app).paths['/api/v1/notes/{id}']?.post).toMatchObject({
      operationId: 'NoteController_change',
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      requestBody: { required: true, content: { 'application/json': { schema, example: { text: 'text' } } } },
      responses: { 200: { description: '', content: { 'application/json': { schema } } } },
    });
    await request(app.getHttpServer()).post('/api/v1/notes/1').send({ text: 'much too long' }).expect(400);
  });
});

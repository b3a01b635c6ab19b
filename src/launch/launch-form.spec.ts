import { Controller, HttpCode, Module, Post, Req } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type HttpRequest } from '../common/http-request.js';
import { LtiError } from '../common/lti-error.js';
import { type PostedForm, readForm } from './launch-form.js';

@Controller('form')
class FormController {
  @Post()
  @HttpCode(200)
  async post(@Req() request: HttpRequest): Promise<PostedForm | { code: string; message: string }> {
    try {
      return await readForm(request);
    } catch (error) {
      if (error instanceof LtiError) return { code: error.code, message: error.message };
      throw error;
    }
  }
}

@Module({ controllers: [FormController] })
class FormModule {}

type Parser = 'none' | 'simple' | 'extended' | 'raw body' | 'text' | 'bytes';

async function startHost(parser: Parser): Promise<NestExpressApplication> {
  const testing = await Test.createTestingModule({ imports: [FormModule] }).compile();
  const app = testing.createNestApplication<NestExpressApplication>({
    logger: false,
    bodyParser: parser === 'raw body',
    rawBody: parser === 'raw body',
  });
  const limit = '2mb';
  if (parser === 'simple') app.useBodyParser('urlencoded', { extended: false, limit, parameterLimit: 5000 });
  if (parser === 'extended') app.useBodyParser('urlencoded', { extended: true, limit });
  if (parser === 'text') app.useBodyParser('text', { type: () => true });
  if (parser === 'bytes') app.useBodyParser('raw', { type: () => true });
  await app.listen(0, '127.0.0.1');
  return app;
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

describe.each<Parser>(['none', 'simple', 'extended', 'raw body', 'text', 'bytes'])(
  'a form where the host parses: %s',
  (parser) => {
    let app: NestExpressApplication;
    beforeAll(async () => (app = await startHost(parser)));
    afterAll(() => app.close());

    const post = async (body: string, query = '', headers: Record<string, string> = FORM) => {
      const answer = await fetch(`${await app.getUrl()}/form${query}`, { method: 'POST', headers, body });
      return (await answer.json()) as Record<string, unknown>;
    };

    it('is read with its query, all that is given twice, and any character', async () => {
      const body = 'a=1&a=1&b=%C3%BC+%2B+%F0%9F%98%80&c=&d';
      expect(await post(body, '?a=1&e=%26')).toEqual({
        query: [
          ['a', '1'],
          ['e', '&'],
        ],
        form: [
          ['a', '1'],
          ['a', '1'],
          ['b', 'ü + \u{1F600}'],
          ['c', ''],
          ['d', ''],
        ],
      });
    });

    it('has at most 500 parameters', async () => {
      const fields = (count: number) => Array.from({ length: count }, (_, n) => `f${n}=`).join('&');
      expect((await post(fields(498), '?a&b')).form).toHaveLength(498);
      expect(await post(fields(499), '?a&b')).toMatchObject({ code: 'launch_form_too_large' });
      expect(await post(fields(501))).toMatchObject({ code: 'launch_form_too_large' });
    });

    it('is refused with a NUL character', async () => {
      expect(await post('a=%00')).toMatchObject({ code: 'lti11_text_invalid' });
      expect(await post('a=1', '?b=%00')).toMatchObject({ code: 'lti11_text_invalid' });
    });
  },
);

describe('a form', () => {
  let app: NestExpressApplication;
  beforeAll(async () => (app = await startHost('none')));
  afterAll(() => app.close());

  const post = async (body: string | Uint8Array, headers: Record<string, string> = FORM) => {
    const answer = await fetch(`${await app.getUrl()}/form`, { method: 'POST', headers, body });
    return (await answer.json()) as Record<string, unknown>;
  };

  it('is refused with an error above 256 KiB', async () => {
    expect((await post(`a=${'x'.repeat(256 * 1024 - 2)}`)).form).toHaveLength(1);
    expect(await post(`a=${'x'.repeat(256 * 1024 - 1)}`)).toMatchObject({ code: 'launch_form_too_large' });
  });

  it('is not kept beyond its bound when it does not say how long it is, and the connection serves on', async () => {
    const socket = connect(Number(new URL(await app.getUrl()).port), '127.0.0.1');
    const answers = text(socket);
    const head = 'POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n';
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `a=${'x'.repeat(65_534)}`;
    for (let sent = 0; sent < 20; sent += 1) socket.write(`10000\r\n${chunk}\r\n`);
    socket.write(`0\r\n\r\n${head}Connection: close\r\nContent-Length: 3\r\n\r\nb=2`);
    const answered = await answers;
    expect(answered).toContain('launch_form_too_large');
    expect(answered).toContain('[["b","2"]]');
  });

  it('is answered though it never ends', async () => {
    const socket = connect(Number(new URL(await app.getUrl()).port), '127.0.0.1');
    const answer = once(socket, 'data');
    socket.write(
      'POST /form HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n' +
        'Content-Type: application/x-www-form-urlencoded\r\n\r\n',
    );
    const chunk = `a=${'x'.repeat(65_534)}`;
    for (let sent = 0; sent < 5; sent += 1) socket.write(`10000\r\n${chunk}\r\n`);
    expect(String(await answer)).toContain('launch_form_too_large');
    socket.destroy();
  });

  it('may be empty', async () => {
    expect(await post('')).toEqual({ form: [], query: [] });
  });

  it.each([
    ['application/json', '{}'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/x-www-form-urlencoded-not', 'a=1'],
  ])('is of no other type, such as %s', async (type, body) => {
    expect(await post(body, { 'Content-Type': type })).toMatchObject({
      code: 'unsupported_media_type',
      message: expect.stringContaining(`has the Content-Type ${type.split(';')[0]!}`),
    });
  });

  it.each([
    ['application/x-www-form-urlencoded; charset=iso-8859-1', 'a=1'],
    ['application/x-www-form-urlencoded', new Uint8Array([0x61, 0x3d, 0xff])],
  ])('is in no other encoding, such as %s', async (type, body) => {
    expect(await post(body, { 'Content-Type': type })).toMatchObject({ code: 'launch_form_unreadable' });
  });

  it.each([
    'application/x-www-form-urlencoded;charset=UTF-8',
    'Application/X-WWW-Form-Urlencoded ; charset="utf-8"',
  ])('may say %s', async (type) => {
    expect((await post('a=1', { 'Content-Type': type })).form).toEqual([['a', '1']]);
  });

  it('comes as it is, and not compressed', async () => {
    expect(await post('a=1', { ...FORM, 'Content-Encoding': 'gzip' })).toMatchObject({
      code: 'launch_form_unreadable',
    });
  });
});

describe('a form that the host has nested', () => {
  it('is refused with what to do about it', async () => {
    const app = await startHost('extended');
    const answer = await fetch(`${await app.getUrl()}/form`, {
      method: 'POST',
      headers: FORM,
      body: 'a[b]=1',
    });
    expect(await answer.json()).toMatchObject({
      code: 'launch_form_unreadable',
      message: expect.stringContaining('extended: false'),
    });
    await app.close();
  });
});

describe('a form that the host has parsed without a bound', () => {
  it('is bounded here', async () => {
    const app = await startHost('simple');
    const body = `a=${'x'.repeat(256 * 1024)}`;
    const answer = await fetch(`${await app.getUrl()}/form`, { method: 'POST', headers: FORM, body });
    expect(await answer.json()).toMatchObject({ code: 'launch_form_too_large' });
    await app.close();
  });
});

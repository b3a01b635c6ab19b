import { UserOAuthTool } from '../../../test/support/user-oauth-tool.js';

const user = 'user-00002';

describe('FileUploadRoute', () => {
  let tool: UserOAuthTool;
  let url: string;
  let parameters: Record<string, string | number | null>;
  beforeEach(async () => {
    tool = await UserOAuthTool.start();
    const { access_token } = (await tool.tokensOf(user)).body;
    const body = new URLSearchParams({ name: 'a.txt', size: '4', content_type: 'text/plain' });
    const announced = await tool.call(access_token, '/users/self/files', { method: 'POST', body });
    url = String(announced.body.upload_url);
    parameters = announced.body.upload_params as Record<string, string | number | null>;
  });
  afterEach(() => tool.lms.stop());

  /** What a client has to send: the parameters that are not null, and the file after them. */
  function wanted(): [string, string | File][] {
    const fields = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
      value === null ? [] : [[name, String(value)]],
    );
    return [...fields, ['file', new File(['text'], 'a.txt')]];
  }

  async function upload(fields: [string, string | File][], headers: Record<string, string> = {}) {
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value);
    return (await fetch(url, { method: 'POST', body, headers, redirect: 'manual' })).status;
  }

  it('accepts a file with all of its parameters, once', async () => {
    expect([await upload(wanted()), await upload(wanted())]).toEqual([303, 403]);
    expect(tool.lms.counts.rejected).toEqual({ unknown_upload: 1 });
  });

  it.each<[string, (fields: [string, string | File][]) => [string, string | File][]]>([
    ['a parameter that is null', (fields) => [['folder', 'null'], ...fields]],
    ['no Content-Type', (fields) => fields.filter(([name]) => name !== 'Content-Type')],
    ['something after the file', (fields) => fields.toReversed()],
    ['a file of another length', (fields) => [...fields.slice(0, -1), ['file', new File(['te'], 'a.txt')]]],
    ['a file of another name', (fields) => [...fields.slice(0, -1), ['file', new File(['text'], 'b.txt')]]],
  ])('refuses a form with %s', async (_, changed) => {
    expect(await upload(changed(wanted()))).toBe(400);
    expect(tool.lms.counts.rejected).toEqual({ bad_upload: 1 });
    expect(await upload(wanted())).toBe(303);
  });

  it('refuses a token, and a key that it did not issue', async () => {
    expect(await upload(wanted(), { authorization: 'Bearer x' })).toBe(403);
    parameters = { ...parameters, key: 'another' };
    expect(await upload(wanted())).toBe(403);
    expect(tool.lms.counts.rejected).toEqual({ token_at_upload_url: 1, unknown_upload: 1 });
  });
});

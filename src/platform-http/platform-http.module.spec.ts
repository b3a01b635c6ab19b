import { Test } from '@nestjs/testing';
import { LoopbackServer } from '../../test/support/loopback-server.js';
import { UrlPolicy } from '../common/url-policy.js';
import { LtiConfigModule } from '../config/lti-config.module.js';
import { PlatformHttpModule } from './platform-http.module.js';
import { PlatformHttpService } from './platform-http.service.js';

it('reads its rules from the configuration, and closes its connections with the app', async () => {
  const config = LtiConfigModule.forRoot({
    publicUrl: 'https://tool.example',
    database: { url: 'postgres://localhost/nest_lti' },
    encryptionKeys: `a:${Buffer.alloc(32).toString('base64')}`,
    platformHttp: { allowedPrivateHosts: ['127.0.0.1'] },
  });
  const app = await Test.createTestingModule({ imports: [config, PlatformHttpModule] }).compile();
  const server = await LoopbackServer.start((response) => response.end('campus'));
  const http = app.get(PlatformHttpService);

  expect((await http.send({ method: 'GET', url: server.url() })).body).toBe('campus');
  expect(() => app.get(UrlPolicy).check('https://127.0.0.2/')).toThrow(
    '127.0.0.2 is not on the public internet',
  );
  await app.close();
  await expect(http.send({ method: 'GET', url: server.url() })).rejects.toMatchObject({
    code: 'platform_unreachable',
  });
  await server.stop();
});

import { LtiTestApp } from '../support/lti-app.js';

describe('registrations by REST', () => {
  let lti: LtiTestApp;
  beforeAll(async () => (lti = await LtiTestApp.start()));
  afterAll(() => lti.stop());

  it('creates one', async () => {
    const { status, body } = await lti.api('post', '/api/registrations', {
      name: 'Campus',
      issuer: 'https://lms.example.edu',
      clientId: 'abc',
      authorizationUrl: 'https://lms.example.edu/auth',
      tokenUrl: 'https://lms.example.edu/token',
      jwksUrl: 'https://lms.example.edu/jwks',
      deployments: ['1'],
    });
    expect({ status, body }).toMatchObject({ status: 201, body: { platformFamily: 'generic', deployments: ['1'] } });
  });
});

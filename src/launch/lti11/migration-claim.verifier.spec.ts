import { migrationSignature } from './migration-claim.verifier.js';

describe('the signature of a migration claim', () => {
  it('is that of CORE 6.1.2', () => {
    const launch = {
      registrationId: 'any',
      deploymentId: '689302',
      issuer: 'https://lmsvendor.com',
      clientId: 'PM48OJSfGDTAzAo',
      exp: 1551290856,
      nonce: '172we8671fd8z',
    };
    expect(migrationSignature('179248902', launch, 'my-lti11-secret')).toBe(
      'lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps=',
    );
  });
});

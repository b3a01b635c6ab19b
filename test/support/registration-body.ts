/** A valid body of POST /api/v1/registrations. */
export function registrationBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'Campus',
    issuer: 'https://lms.example.edu',
    clientId: 'abc',
    authorizationUrl: 'https://lms.example.edu/auth',
    tokenUrl: 'https://lms.example.edu/token',
    jwksUrl: 'https://lms.example.edu/jwks',
    deployments: ['1'],
    ...changes,
  };
}

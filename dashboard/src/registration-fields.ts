/** What the pages call the fields of a registration, by their names in the REST API. */
export const fieldLabels: Readonly<Record<string, string>> = {
  issuer: 'Issuer',
  clientId: 'Client id',
  authorizationUrl: 'Authorization URL',
  tokenUrl: 'Token URL',
  jwksUrl: 'Key set URL',
  tokenAudience: 'Token audience',
  deployments: 'Deployment id',
};

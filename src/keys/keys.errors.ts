import {
  ConfigurationInvalid,
  Conflict,
  InvalidRequest,
  NotFound,
  Unavailable,
} from '../common/reactions.errors.js';

export const keyErrors = {
  wrongEncryptionKeys: (options: ErrorOptions) =>
    new ConfigurationInvalid({
      code: 'wrong_encryption_keys',
      message:
        'None of the encryption keys is the key that encrypted this database. ' +
        'Put the earlier key back into ENCRYPTION_KEYS (encryptionKeys); during a rotation, put it after the new key.',
      ...options,
    }),
  signerTimeout: () =>
    new Unavailable({
      code: 'key_signer_timeout',
      message: 'The key signer of this tool (toolKeys.signer) did not answer in time. Check its KMS.',
    }),
  notFound: (kid: string) =>
    new NotFound({
      code: 'tool_key_not_found',
      message: `The tool has no signing key ${kid.slice(0, 100)}.`,
    }),
  rotationUnderWay: (kid: string, signsFrom: Date) =>
    new Conflict({
      code: 'key_rotation_under_way',
      message: `Key ${kid} is already published and signs from ${signsFrom.toISOString()}. Wait, or revoke it.`,
      details: { kid, signsFrom: signsFrom.toISOString() },
    }),
  exists: (kid: string) =>
    new Conflict({ code: 'tool_key_exists', message: `Key ${kid} is or was a signing key of this tool.` }),
  notImportable: (reason: string) =>
    new InvalidRequest({
      code: 'tool_key_invalid',
      message: `This private key cannot be imported: ${reason}. Give a PKCS #8 PEM of an RSA key of 2048 bits or more, or of an EC key on P-256.`,
    }),
  notExportable: (kid: string) =>
    new Conflict({
      code: 'tool_key_not_exportable',
      message: `The private part of key ${kid} is not in the database: it was revoked, or its signer keeps it elsewhere.`,
    }),
};

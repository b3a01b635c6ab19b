import { type FormField } from '../../browser/form-field.js';
import { markup } from './markup.js';
import { type Tamper } from './tamper.js';

/** Attacks on the form that is posted to the tool with the token. */
export const formAttacks = {
  'state-missing': { form: (fields) => fields.filter(([name]) => name !== 'state') },
  'state-unknown': { form: (fields) => withState(fields, 'a-state-of-somebody-else') },
  'two-states': { form: (fields) => [...fields, ['state', 'a-state-of-somebody-else']] },
  'two-id-tokens': { form: (fields) => [...fields, ...fields.filter(([name]) => name === 'id_token')] },
  'id-token-missing': { form: (fields) => fields.filter(([name]) => name !== 'id_token') },
  'token-and-error': { form: (fields) => [...fields, ['error', 'access_denied']] },
  'platform-error': { form: (fields) => errorInstead(fields, 'The user has said no.') },
  'markup-in-error': { form: (fields) => errorInstead(fields, markup) },
  'markup-in-state': { form: (fields) => withState(fields, markup) },
} as const satisfies Record<string, Tamper>;

function withState(fields: FormField[], state: string): FormField[] {
  return fields.map(([name, value]) => [name, name === 'state' ? state : value]);
}

function errorInstead(fields: FormField[], description: string): FormField[] {
  const state = fields.filter(([name]) => name === 'state');
  return [
    ['error', description === markup ? markup : 'access_denied'],
    ['error_description', description],
    ...state,
  ];
}

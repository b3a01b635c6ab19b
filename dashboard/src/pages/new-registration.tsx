import { useLocation } from 'preact-iso';
import { type PlatformFamily } from '../../../src/registrations/platform-family.js';
import { type RegistrationView } from '../../../src/registrations/registration.schema.js';
import { type RegistrationGuide } from '../../../src/registrations/guide/registration-guide.schema.js';
import { call } from '../api.js';
import { pageAt, withQuery } from '../paths.js';
import { platformNames } from '../platform-families.js';
import { useRequest } from '../use-request.js';
import { Choice } from '../parts/field.js';
import { Form, type FormField } from '../parts/form.js';
import { Page } from '../parts/page.js';

type Field = 'name' | 'issuer' | 'clientId' | 'authorizationUrl' | 'tokenUrl' | 'jwksUrl' | 'deployments';

const fields: readonly (FormField<Field> & { hint?: string })[] = [
  { name: 'name', label: 'Name', hint: 'For you, such as the name of the school.' },
  { name: 'issuer', label: 'Issuer', type: 'url', hint: 'Exactly the iss of the launches.' },
  { name: 'clientId', label: 'Client id' },
  { name: 'authorizationUrl', label: 'Authorization URL', type: 'url' },
  { name: 'tokenUrl', label: 'Token URL', type: 'url' },
  { name: 'jwksUrl', label: 'Key set URL', type: 'url' },
  {
    name: 'deployments',
    label: 'Deployment id',
    hint: 'More of them can be confirmed after their first launch.',
    required: false,
  },
];

/** The form for a platform that cannot register the tool by itself. */
export function NewRegistrationPage() {
  const { query, route } = useLocation();
  const family = query.platform !== undefined && query.platform in platformNames ? query.platform : 'generic';
  const platformFamily = family as PlatformFamily;
  const guide = useRequest<RegistrationGuide>(withQuery('registration-guide', { platform: platformFamily }));
  const told = new Map(guide.data?.platformValues.map((one) => [one.field, one]));
  const hinted = fields.map((field) => {
    const { where, value = null } = told.get(field.name) ?? {};
    const text = where ?? field.hint;
    const hint = (
      <>
        {value !== null && (
          <>
            Usually <code>{value}</code>.{' '}
          </>
        )}
        {text}
      </>
    );
    return value === null && text === undefined ? field : { ...field, hint };
  });
  const add = async ({ deployments, ...values }: Readonly<Record<Field, string>>): Promise<void> => {
    const body = { ...values, platformFamily, deployments: deployments === '' ? [] : [deployments] };
    const { id } = await call<RegistrationView>('POST', 'registrations', body);
    route(pageAt('registrations', id));
  };
  return (
    <Page title="Add a registration" back={{ href: pageAt('registrations'), label: 'Registrations' }}>
      <div class="card">
        <Choice
          label="Platform"
          name="platform"
          value={platformFamily}
          options={platformNames}
          onValue={(platform) => route(withQuery(pageAt('registrations', 'new'), { platform }), true)}
          hint={
            <a href={withQuery(pageAt('registrations', 'guide'), { platform: platformFamily })}>
              What the administrator of the platform does first
            </a>
          }
        />
        <Form fields={hinted} submit="Add the registration" run={add} />
      </div>
    </Page>
  );
}

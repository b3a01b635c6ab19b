import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { type PlatformFamily } from '../../../src/registrations/platform-family.js';
import { type RegistrationView } from '../../../src/registrations/registration.schema.js';
import { type RegistrationGuide } from '../../../src/registrations/guide/registration-guide.schema.js';
import { type ApiProblem, call, problemOf } from '../api.js';
import { pageAt, withQuery } from '../paths.js';
import { platformNames } from '../platform-families.js';
import { useRequest } from '../use-request.js';
import { Choice, TextField } from '../parts/field.js';
import { Page } from '../parts/page.js';
import { Problem } from '../parts/problem.js';

const fields = {
  name: ['Name', 'text', 'For you, such as the name of the school.'],
  issuer: ['Issuer', 'url', 'Exactly the iss of the launches.'],
  clientId: ['Client id', 'text', ''],
  authorizationUrl: ['Authorization URL', 'url', ''],
  tokenUrl: ['Token URL', 'url', ''],
  jwksUrl: ['Key set URL', 'url', ''],
  deployment: ['Deployment id', 'text', 'More of them can be confirmed after their first launch.'],
} as const;
type Field = keyof typeof fields;
const names = Object.keys(fields) as Field[];
const noValues = Object.fromEntries(names.map((name) => [name, ''])) as Record<Field, string>;

/** The form for a platform that cannot register the tool by itself. */
export function NewRegistrationPage() {
  const { query, route } = useLocation();
  const family = query.platform !== undefined && query.platform in platformNames ? query.platform : 'generic';
  const platformFamily = family as PlatformFamily;
  const guide = useRequest<RegistrationGuide>(withQuery('registration-guide', { platform: platformFamily }));
  const [values, setValues] = useState(noValues);
  const [problem, setProblem] = useState<ApiProblem>();
  const told = new Map(
    guide.data?.platformValues.map((one) => [one.field.replace(/^deployments$/, 'deployment'), one]),
  );
  const submit = (event: Event): void => {
    event.preventDefault();
    const { deployment, ...others } = values;
    const body = { ...others, platformFamily, deployments: deployment === '' ? [] : [deployment] };
    call<RegistrationView>('POST', 'registrations', body)
      .then(({ id }) => route(pageAt('registrations', id)))
      .catch((error: unknown) => setProblem(problemOf(error)));
  };
  const faultOf = (name: Field): string | undefined =>
    problem?.fields[name === 'deployment' ? 'deployments.0' : name];
  const isShown = problem !== undefined && names.every((name) => faultOf(name) === undefined);
  return (
    <Page title="Add a registration" back={{ href: pageAt('registrations'), label: 'Registrations' }}>
      <form class="card" onSubmit={submit}>
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
        {names.map((name) => {
          const [label, type, hint] = fields[name];
          const value = told.get(name)?.value;
          return (
            <TextField
              key={name}
              {...{ label, type, name }}
              value={values[name]}
              onValue={(text) => setValues((before) => ({ ...before, [name]: text }))}
              hint={[told.get(name)?.where ?? hint, value && `Usually ${value}`].filter(Boolean).join(' ')}
              fault={faultOf(name)}
              required={name !== 'deployment'}
            />
          );
        })}
        {isShown && <Problem problem={problem} />}
        <button type="submit" class="primary">
          Add the registration
        </button>
      </form>
    </Page>
  );
}

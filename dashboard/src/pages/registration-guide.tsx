import { useLocation } from 'preact-iso';
import { type PlatformFamily } from '../../../src/registrations/platform-family.js';
import { type RegistrationGuide } from '../../../src/registrations/guide/registration-guide.schema.js';
import { pageAt, withQuery } from '../paths.js';
import { platformNames } from '../platform-families.js';
import { fieldLabels } from '../registration-fields.js';
import { useRequest } from '../use-request.js';
import { Copyable } from '../parts/copyable.js';
import { Facts } from '../parts/facts.js';
import { Choice } from '../parts/field.js';
import { Loaded } from '../parts/loaded.js';
import { Page } from '../parts/page.js';
import { Section } from '../parts/section.js';

/** How the tool is registered by hand at a platform. */
export function RegistrationGuidePage() {
  const { query, route } = useLocation();
  const platform = (
    query.platform !== undefined && query.platform in platformNames ? query.platform : 'moodle'
  ) as PlatformFamily;
  const guide = useRequest<RegistrationGuide>(withQuery('registration-guide', { platform }));
  return (
    <Page title="Register at a platform" back={{ href: pageAt('registrations'), label: 'Registrations' }}>
      <Choice
        label="Platform"
        name="platform"
        value={platform}
        options={platformNames}
        onValue={(one) => route(withQuery(pageAt('registrations', 'guide'), { platform: one }), true)}
      />
      <Loaded request={guide}>{(found) => <Guide {...found} />}</Loaded>
    </Page>
  );
}

function Guide({
  platform,
  dynamicRegistration,
  steps,
  toolValues,
  platformValues,
  configuration,
}: RegistrationGuide) {
  return (
    <>
      {dynamicRegistration && (
        <p class="intro">
          This platform can do all of it by one URL:{' '}
          <a href={pageAt('registrations', 'invitations')}>invite it</a>.
        </p>
      )}
      <Section title="What the administrator does">
        <ol>
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </Section>
      <Section title="Values to paste there">
        <Facts
          facts={toolValues.map(({ label, value }) => [
            label,
            <Copyable key={label} name={label} value={value} />,
          ])}
        />
      </Section>
      {configuration !== null && (
        <Section title="Or paste this configuration">
          <Copyable name="the configuration" value={JSON.stringify(configuration, null, 2)} />
        </Section>
      )}
      <Section
        title="Values to bring back"
        actions={
          <a class="button primary" href={withQuery(pageAt('registrations', 'new'), { platform })}>
            Add the registration
          </a>
        }
      >
        <Facts
          facts={platformValues
            .filter(({ field }) => field !== 'platformFamily')
            .map(({ field, value, where }) => [
              fieldLabels[field] ?? field,
              <>
                {value !== null && <code class="long">{value}</code>} {where}
              </>,
            ])}
        />
      </Section>
    </>
  );
}

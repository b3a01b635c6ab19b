import { useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { type ErasedUser, type PersonalRecord } from '../../../src/personal-data/personal-data.schema.js';
import { call } from '../api.js';
import { pageAt, withQuery } from '../paths.js';
import { usePages } from '../use-pages.js';
import { Action } from '../parts/action.js';
import { Facts } from '../parts/facts.js';
import { RegistrationName } from '../parts/links.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { Section } from '../parts/section.js';

const kindOf = ({ kind }: PersonalRecord): string =>
  kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** What is stored about a user of a platform, and its erasure. */
export function UserPage() {
  const { id = '', userId = '' } = useRoute().params;
  const path = `registrations/${encodeURIComponent(id)}/users/${encodeURIComponent(userId)}`;
  const pages = usePages<PersonalRecord>(`${path}/export`);
  const [erased, setErased] = useState<ErasedUser>();
  const erase = async (): Promise<void> => {
    setErased(await call<ErasedUser>('DELETE', path));
    pages.reload();
  };
  return (
    <Page
      title={`User ${userId}`}
      back={{ href: pageAt('registrations', id), label: <RegistrationName id={id} /> }}
      actions={
        <a class="button" href={withQuery(pageAt('scores'), { registrationId: id, userId })}>
          Grades of this user
        </a>
      }
    >
      <Section
        title="What is stored"
        intro="Everything that names this user, without tokens and secrets."
        actions={
          <Action
            label="Erase"
            kind="danger"
            confirm={`All that is stored about user ${userId} is deleted, with grades that were not sent yet. This cannot be undone.`}
            run={erase}
          />
        }
      >
        {erased !== undefined && (
          <div class="result" role="status">
            <p>
              Erased {Object.values(erased.erased).reduce((sum, one) => sum + one, 0)} records.{' '}
              {erased.returnsWithNextSync &&
                `The platform still lists the user in ${erased.listedInCourses} courses, so the next sync stores the user again. Ask its administrator to remove the user first.`}
            </p>
          </div>
        )}
        <List
          name="Records"
          pages={pages}
          keyOf={({ kind, data }) => kind + JSON.stringify(data)}
          columns={[
            { label: 'Record', cell: kindOf },
            {
              label: 'Data',
              cell: ({ data }) => (
                <details>
                  <summary>
                    {Object.keys(data).length} fields<span class="visually-hidden"> of the record</span>
                  </summary>
                  <Facts
                    facts={Object.entries(data).map(([name, value]) => [
                      name,
                      value === null ? null : (
                        <span class="long">{typeof value === 'string' ? value : JSON.stringify(value)}</span>
                      ),
                    ])}
                  />
                </details>
              ),
            },
          ]}
          empty={<p>Nothing is stored about this user of the platform.</p>}
        />
      </Section>
    </Page>
  );
}

import { useLocation } from 'preact-iso';
import { type UserGrantView } from '../../../src/user-grants/user-grant.schema.js';
import { call } from '../api.js';
import { pageAt, withQuery } from '../paths.js';
import { usePages } from '../use-pages.js';
import { Action } from '../parts/action.js';
import { Expiry } from '../parts/expiry.js';
import { Choice } from '../parts/field.js';
import { RegistrationLink, UserLink } from '../parts/links.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { filterOf, State, stateIn, type States } from '../parts/state.js';
import { Time } from '../parts/time.js';

const states: States<UserGrantView['status']> = {
  active: ['active', 'good'],
  unverified: ['unverified', 'warning'],
  needs_authorization: ['needs authorization', 'warning'],
  revoked: ['revoked', 'neutral'],
};

const filter = filterOf(states);

/** What users have allowed this tool to do for them at their platforms. */
export function UserGrantsPage() {
  const { query, route } = useLocation();
  const { registrationId } = query;
  const status = stateIn(filter, query.status);
  const pages = usePages<UserGrantView>('user-grants', { registrationId, status });
  const revoke = async (id: string): Promise<void> => {
    await call('DELETE', `user-grants/${id}`);
    pages.reload();
  };
  return (
    <Page title="User grants">
      <p class="intro">
        A grant lets this tool call the platform as one user. Its tokens are refreshed when they are used, and
        never shown.
      </p>
      <Choice
        label="Status"
        name="status"
        value={status}
        options={filter}
        onValue={(one) => route(withQuery(pageAt('user-grants'), { registrationId, status: one }), true)}
      />
      <List
        name="User grants"
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          { label: 'User', cell: (grant) => <UserLink {...grant} /> },
          { label: 'Registration', cell: ({ registrationId: id }) => <RegistrationLink id={id} /> },
          {
            label: 'Status',
            cell: ({ status: one, reason }) => (
              <>
                <State state={one} of={states} />
                {reason !== null && <p class="fine">{reason.replaceAll('_', ' ')}</p>}
              </>
            ),
          },
          {
            label: 'Access token expires',
            cell: ({ lastRefreshedAt, authorizedAt, expiresAt }) => (
              <Expiry from={lastRefreshedAt ?? authorizedAt} until={expiresAt} />
            ),
          },
          { label: 'Authorized', cell: ({ authorizedAt }) => <Time at={authorizedAt} /> },
          { label: 'Refreshed', cell: ({ lastRefreshedAt }) => <Time at={lastRefreshedAt} /> },
          {
            label: 'Change',
            cell: ({ id, userId }) => (
              <Action
                label="Revoke"
                kind="danger"
                confirm={`The grant of user ${userId} ends here and at the platform. The user can authorize the tool again.`}
                run={() => revoke(id)}
              />
            ),
          },
        ]}
        empty={
          status === '' && registrationId === undefined ? (
            <p>
              No user has authorized the tool. Grants are needed only for calls as a user, such as to the
              files of a Canvas user.
            </p>
          ) : (
            <p>There is no such grant.</p>
          )
        }
      />
    </Page>
  );
}

import { useLocation } from 'preact-iso';
import { type UserGrantView } from '../../../src/user-grants/user-grant.schema.js';
import { call } from '../api.js';
import { pageAt, withQuery } from '../paths.js';
import { usePages } from '../use-pages.js';
import { Action } from '../parts/action.js';
import { Badge, type Tone } from '../parts/badge.js';
import { Expiry } from '../parts/expiry.js';
import { Choice } from '../parts/field.js';
import { RegistrationLink, UserLink } from '../parts/links.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { Time } from '../parts/time.js';

const states = {
  '': 'All',
  active: 'Active',
  unverified: 'Unverified',
  needs_authorization: 'Needs authorization',
  revoked: 'Revoked',
} as const;
type Status = keyof typeof states;

const tones: Readonly<Record<UserGrantView['status'], Tone>> = {
  active: 'good',
  unverified: 'warning',
  needs_authorization: 'warning',
  revoked: 'neutral',
};

/** What users have allowed this tool to do for them at their platforms. */
export function UserGrantsPage() {
  const { query, route } = useLocation();
  const { registrationId } = query;
  const status = (query.status !== undefined && query.status in states ? query.status : '') as Status;
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
        options={states}
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
                <Badge tone={tones[one]}>{states[one]}</Badge>
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

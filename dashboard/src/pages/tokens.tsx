import { type TokenView } from '../../../src/access-tokens/token.schema.js';
import { call } from '../api.js';
import { usePages } from '../use-pages.js';
import { Action } from '../parts/action.js';
import { Expiry } from '../parts/expiry.js';
import { RegistrationLink } from '../parts/links.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { Time } from '../parts/time.js';
import { State, type States } from '../parts/state.js';

const states: States<TokenView['status']> = {
  fresh: ['fresh', 'good'],
  renewing: ['renewing', 'neutral'],
  expired: ['expired', 'neutral'],
  failing: ['failing', 'bad'],
  none: ['none', 'neutral'],
};

/** The access tokens of this tool, without the tokens themselves. */
export function TokensPage() {
  const pages = usePages<TokenView>('access-tokens');
  const forget = async (id: string): Promise<void> => {
    await call('DELETE', `access-tokens/${encodeURIComponent(id)}`);
    pages.reload();
  };
  return (
    <Page title="Access tokens">
      <p class="intro">
        This tool gets a token from each platform, and renews it shortly before it expires. The tokens
        themselves are never shown.
      </p>
      <List
        name="Access tokens"
        pages={pages}
        keyOf={({ id }) => id}
        columns={[
          { label: 'Registration', cell: ({ registrationId }) => <RegistrationLink id={registrationId} /> },
          {
            label: 'Status',
            cell: ({ status, leaseHolder }) => (
              <>
                <State state={status} of={states} />
                {leaseHolder !== null && (
                  <p class="fine">
                    by process <code class="long">{leaseHolder}</code>
                  </p>
                )}
              </>
            ),
          },
          {
            label: 'Expires',
            cell: ({ issuedAt, expiresAt }) => <Expiry from={issuedAt} until={expiresAt} />,
          },
          {
            label: 'Scopes',
            cell: ({ scopes }) => (
              <ul class="plain fine">
                {scopes.map((scope) => (
                  <li key={scope} title={scope}>
                    {scope.slice(scope.lastIndexOf('/') + 1)}
                  </li>
                ))}
              </ul>
            ),
          },
          {
            label: 'Last failure',
            cell: ({ failure }) =>
              failure !== null && (
                <>
                  <p class="bad-text why">{failure.message}</p>
                  <p class="fine">
                    {failure.attempts} in a row. Next request <Time at={failure.retryAt} />.
                  </p>
                </>
              ),
          },
          {
            label: 'Change',
            cell: ({ id }) => (
              <Action
                label="Invalidate"
                kind="danger"
                confirm="The token and its last failure are forgotten. The next call asks the platform for a new one."
                run={() => forget(id)}
              />
            ),
          },
        ]}
        empty={<p>No token is stored. The first call to a platform requests one.</p>}
      />
    </Page>
  );
}

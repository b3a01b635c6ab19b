import { type SessionView } from '../../../src/access/api-session.schema.js';
import { call } from '../api.js';
import { Form } from '../parts/form.js';
import { Page } from '../parts/page.js';

/** Asks for an API key. The service answers with a cookie that scripts cannot read; the key is not stored in the browser. */
export function SignInPage({ onSession }: { onSession: (session: SessionView) => void }) {
  return (
    <main class="narrow">
      <Page title="Sign in to nest-lti">
        <div class="card">
          <Form
            fields={[
              {
                name: 'apiKey',
                label: 'API key',
                type: 'password',
                hint: (
                  <>
                    The first start of the service shows one. <code>nest-lti-server api-keys</code> creates
                    more. With a key of scope <code>read</code> you can look and not change.
                  </>
                ),
              },
            ]}
            submit="Sign in"
            isOpen
            run={async ({ apiKey }) =>
              onSession(await call<SessionView>('POST', 'session', { apiKey: apiKey.trim() }))
            }
          />
        </div>
      </Page>
    </main>
  );
}

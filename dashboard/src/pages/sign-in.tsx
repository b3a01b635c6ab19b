import { useState } from 'preact/hooks';
import { type SessionView } from '../../../src/access/api-session.schema.js';
import { type ApiProblem, call, problemOf } from '../api.js';
import { TextField } from '../parts/field.js';
import { Page } from '../parts/page.js';

/** Asks for an API key. The service answers with a cookie that scripts cannot read; the key is not stored in the browser. */
export function SignInPage({ onSession }: { onSession: (session: SessionView) => void }) {
  const [apiKey, setApiKey] = useState('');
  const [problem, setProblem] = useState<ApiProblem>();
  const submit = (event: Event): void => {
    event.preventDefault();
    call<SessionView>('POST', 'session', { apiKey: apiKey.trim() })
      .then(onSession)
      .catch((error: unknown) => setProblem(problemOf(error)));
  };
  return (
    <main class="narrow">
      <Page title="Sign in to nest-lti">
        <form class="card" onSubmit={submit}>
          <TextField
            label="API key"
            name="apiKey"
            type="password"
            value={apiKey}
            onValue={setApiKey}
            hint={
              <>
                The first start of the service shows one. <code>nest-lti-server api-keys</code> creates more.
                With a key of scope <code>read</code> you can look and not change.
              </>
            }
            fault={problem?.message}
          />
          <button type="submit" class="primary">
            Sign in
          </button>
        </form>
      </Page>
    </main>
  );
}

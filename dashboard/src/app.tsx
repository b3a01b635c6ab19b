import { useEffect, useState } from 'preact/hooks';
import { type SessionView } from '../../src/access/api-session.schema.js';
import { type ApiProblem, call, problemOf, sessionEvents } from './api.js';
import { type Session, SessionContext } from './session.js';
import { Pages } from './pages.js';
import { SignInPage } from './pages/sign-in.js';
import { Problem } from './parts/problem.js';

type State = { session: Session } | { signedOut: true } | { problem: ApiProblem } | 'loading';

const HOST_SIGNS_IN = document.querySelector<HTMLMetaElement>('meta[name="sign-in"]')?.content === 'host';

function stateOf({ apiKey }: SessionView): State {
  return { session: { apiKey, canWrite: apiKey.scope === 'write' } };
}

/** The dashboard: the sign-in, or the pages. */
export function App() {
  const [state, setState] = useState<State>(
    HOST_SIGNS_IN ? { session: { apiKey: undefined, canWrite: true } } : 'loading',
  );
  useEffect(() => {
    const signedOut = (): void => setState({ signedOut: true });
    sessionEvents.addEventListener('signed-out', signedOut);
    return () => sessionEvents.removeEventListener('signed-out', signedOut);
  }, []);
  useEffect(() => {
    if (HOST_SIGNS_IN) return;
    call<SessionView>('GET', 'session').then(
      (session) => setState(stateOf(session)),
      (error: unknown) => {
        const problem = problemOf(error);
        setState(problem.status === 401 ? { signedOut: true } : { problem });
      },
    );
  }, []);
  if (state === 'loading') return null;
  if ('problem' in state) {
    return (
      <main class="narrow">
        <Problem problem={state.problem} />
      </main>
    );
  }
  if ('signedOut' in state) return <SignInPage onSession={(session) => setState(stateOf(session))} />;
  return (
    <SessionContext.Provider value={state.session}>
      <Pages onSignedOut={() => setState({ signedOut: true })} />
    </SessionContext.Provider>
  );
}

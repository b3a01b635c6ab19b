import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type SessionView } from '../../src/access/api-session.schema.js';

/** Who uses the pages: an API key, or a user that the guard of the host application let in. */
export interface Session {
  /** Undefined behind the host's guard. */
  apiKey: SessionView['apiKey'] | undefined;
  /** Whether changes are offered. The REST API decides. */
  canWrite: boolean;
}

export const SessionContext = createContext<Session>({ apiKey: undefined, canWrite: false });

export function useSession(): Session {
  return useContext(SessionContext);
}

import { LocationProvider, Route, Router } from 'preact-iso';
import { BASE } from './paths.js';
import { Shell } from './shell.js';
import { ApiKeysPage } from './pages/api-keys.js';
import { CoursePage } from './pages/course.js';
import { CoursesPage } from './pages/courses.js';
import { InvitationsPage } from './pages/invitations.js';
import { NewRegistrationPage } from './pages/new-registration.js';
import { NotFoundPage } from './pages/not-found.js';
import { OverviewPage } from './pages/overview.js';
import { RegistrationGuidePage } from './pages/registration-guide.js';
import { RegistrationPage } from './pages/registration.js';
import { RegistrationsPage } from './pages/registrations.js';
import { ScoresPage } from './pages/scores.js';
import { SettingsPage } from './pages/settings.js';
import { SyncRunPage } from './pages/sync-run.js';
import { SyncRunsPage } from './pages/sync-runs.js';
import { TokensPage } from './pages/tokens.js';
import { ToolKeysPage } from './pages/tool-keys.js';
import { UserGrantsPage } from './pages/user-grants.js';
import { UserPage } from './pages/user.js';
import { WebhookPage } from './pages/webhook.js';
import { WebhooksPage } from './pages/webhooks.js';

/** The pages behind the sign-in, by their paths. */
export function Pages({ onSignedOut }: { onSignedOut: () => void }) {
  return (
    <LocationProvider scope={BASE.replace(/\/$/, '')}>
      <Shell onSignedOut={onSignedOut}>
        <Router>
          <Route path={BASE} component={OverviewPage} />
          <Route path={`${BASE}registrations`} component={RegistrationsPage} />
          <Route path={`${BASE}registrations/new`} component={NewRegistrationPage} />
          <Route path={`${BASE}registrations/guide`} component={RegistrationGuidePage} />
          <Route path={`${BASE}registrations/invitations`} component={InvitationsPage} />
          <Route path={`${BASE}registrations/:id`} component={RegistrationPage} />
          <Route path={`${BASE}registrations/:id/users/:userId`} component={UserPage} />
          <Route path={`${BASE}courses`} component={CoursesPage} />
          <Route path={`${BASE}courses/:id`} component={CoursePage} />
          <Route path={`${BASE}sync-runs`} component={SyncRunsPage} />
          <Route path={`${BASE}sync-runs/:id`} component={SyncRunPage} />
          <Route path={`${BASE}scores`} component={ScoresPage} />
          <Route path={`${BASE}access-tokens`} component={TokensPage} />
          <Route path={`${BASE}user-grants`} component={UserGrantsPage} />
          <Route path={`${BASE}webhooks`} component={WebhooksPage} />
          <Route path={`${BASE}webhooks/:id`} component={WebhookPage} />
          <Route path={`${BASE}tool-keys`} component={ToolKeysPage} />
          <Route path={`${BASE}api-keys`} component={ApiKeysPage} />
          <Route path={`${BASE}settings`} component={SettingsPage} />
          <Route default component={NotFoundPage} />
        </Router>
      </Shell>
    </LocationProvider>
  );
}

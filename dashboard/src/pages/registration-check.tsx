import { useState } from 'preact/hooks';
import {
  type CheckStep,
  type RegistrationCheckView,
} from '../../../src/registration-checks/registration-check.schema.js';
import { call } from '../api.js';
import { Action } from '../parts/action.js';
import { Section } from '../parts/section.js';
import { Time } from '../parts/time.js';
import { State, type States } from '../parts/state.js';

const names: Readonly<Record<CheckStep['step'], string>> = {
  platform_keys: "The platform's keys",
  tool_keys: "This tool's keys",
  token: 'Access token',
  scopes: 'Scopes',
  roster: 'Roster',
  line_items: 'Line items',
  clock: 'Clocks',
};
const states: States<CheckStep['outcome']> = {
  passed: ['passed', 'good'],
  failed: ['failed', 'bad'],
  skipped: ['skipped', 'neutral'],
};
const actors: Readonly<Record<CheckStep['actor'], string>> = {
  platform_administrator: 'For the administrator of the platform',
  tool_operator: 'For you, the operator of this tool',
  nobody: '',
};

/** The message of a step, with the names of other steps as this page has them. */
function named(message: string): string {
  return message.replace(/\bstep (\w+)/g, (text, step: string) =>
    Object.hasOwn(names, step) ? `step “${names[step as CheckStep['step']]}”` : text,
  );
}

/** Checks a registration from end to end, and says who has to do what. */
export function RegistrationCheck({ id }: { id: string }) {
  const [check, setCheck] = useState<RegistrationCheckView>();
  const run = async (): Promise<void> => {
    setCheck(await call<RegistrationCheckView>('POST', `registrations/${id}/check`, {}));
  };
  return (
    <Section
      title="Check"
      intro="Calls the platform as the tool does: keys, token, scopes, a roster, line items and clocks. It changes nothing there."
      actions={<Action label="Check now" kind="primary" run={run} />}
    >
      {check !== undefined && (
        <>
          <p role="status">
            {check.outcome === 'passed' ? 'All is well.' : 'Something has to be done.'} Checked{' '}
            <Time at={check.checkedAt} />.
          </p>
          <ul class="rows">
            {check.steps.map(({ step, outcome, message, actor }) => (
              <li key={step}>
                <State state={outcome} of={states} />
                <div>
                  <strong>{names[step]}</strong>
                  <p>{named(message)}</p>
                  {outcome === 'failed' && actor !== 'nobody' && <p class="fine">{actors[actor]}</p>}
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

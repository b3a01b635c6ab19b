import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { type PlatformMoveView } from '../../../src/platform-moves/platform-move.schema.js';
import {
  type RegistrationView,
  type UpdatedRegistrationView,
} from '../../../src/registrations/registration.schema.js';
import { call } from '../api.js';
import { pageAt } from '../paths.js';
import { platformNames } from '../platform-families.js';
import { Action } from '../parts/action.js';
import { Form } from '../parts/form.js';
import { Section } from '../parts/section.js';
import { useSession } from '../session.js';

/** The edit of a registration, its move to another address, and its deletion. */
export function RegistrationChange({
  registration,
  onChange,
}: {
  registration: RegistrationView;
  onChange: () => void;
}) {
  const { canWrite } = useSession();
  const { route } = useLocation();
  const [saved, setSaved] = useState<UpdatedRegistrationView>();
  if (!canWrite) return null;
  const path = `registrations/${registration.id}`;
  const edit = async ({
    scopes,
    tokenAudience,
    ...values
  }: Readonly<Record<string, string>>): Promise<void> => {
    const body = {
      ...values,
      scopes: (scopes ?? '').split(/\s+/).filter(Boolean),
      tokenAudience: tokenAudience === '' ? null : tokenAudience,
    };
    setSaved(undefined);
    setSaved(await call<UpdatedRegistrationView>('PATCH', path, body));
    onChange();
  };
  const remove = async (): Promise<void> => {
    await call('DELETE', path);
    route(pageAt('registrations'));
  };
  return (
    <Section title="Change">
      <details>
        <summary>Edit the settings</summary>
        <Form
          key={registration.revision}
          fields={[
            { name: 'name', label: 'Name', value: registration.name },
            {
              name: 'platformFamily',
              label: 'Platform',
              value: registration.platformFamily,
              options: platformNames,
            },
            { name: 'issuer', label: 'Issuer', type: 'url', value: registration.issuer },
            { name: 'clientId', label: 'Client id', value: registration.clientId },
            {
              name: 'authorizationUrl',
              label: 'Authorization URL',
              type: 'url',
              value: registration.authorizationUrl,
            },
            { name: 'tokenUrl', label: 'Token URL', type: 'url', value: registration.tokenUrl },
            { name: 'jwksUrl', label: 'Key set URL', type: 'url', value: registration.jwksUrl },
            {
              name: 'tokenAudience',
              label: 'Token audience',
              value: registration.tokenAudience ?? '',
              required: false,
              hint: 'Only where the platform wants another one than its token URL.',
            },
            {
              name: 'scopes',
              label: 'Scopes',
              type: 'area',
              value: registration.scopes.join('\n'),
              hint: 'One in each line.',
            },
          ]}
          submit="Save the changes"
          run={edit}
        />
        {saved !== undefined && (
          <p class="result" role="status">
            Saved. Check the registration now, with the button at the top of this page; then resume its grades
            if they are suspended.
            {saved.urlsOnOldOrigins !== undefined &&
              ` Stored URLs stay at ${saved.urlsOnOldOrigins.map(({ origin }) => origin).join(', ')}. If the platform has moved, move them below.`}
          </p>
        )}
      </details>
      <details>
        <summary>Move to another address</summary>
        <Move path={path} onMoved={onChange} />
      </details>
      <Action
        label="Delete the registration"
        kind="danger"
        confirm={`${registration.name} can launch no more, and all its courses are deleted here, with rosters, grades and scores that were not sent. Nothing changes at the platform.`}
        run={remove}
      />
    </Section>
  );
}

function Move({ path, onMoved }: { path: string; onMoved: () => void }) {
  const [move, setMove] = useState<PlatformMoveView>();
  const run = async ({ from, to }: { from: string; to: string }, dryRun: boolean): Promise<void> => {
    setMove(await call<PlatformMoveView>('POST', `${path}/move`, { from, to, dryRun }));
    if (!dryRun) onMoved();
  };
  return (
    <>
      <p class="intro">
        For a platform that has moved: stored URLs that begin with the old address get the new one. First they
        are counted.
      </p>
      <Form
        fields={[
          { name: 'from', label: 'Old address', type: 'url', hint: 'Such as https://old.example.edu/moodle' },
          { name: 'to', label: 'New address', type: 'url' },
        ]}
        submit="Count the URLs"
        run={(values) => run(values, true)}
      />
      {move !== undefined && (
        <div class="result">
          <p role="status">
            {move.dryRun ? 'To move' : 'Moved'}: {move.moved.courses} courses, {move.moved.resourceLinks}{' '}
            resource links, {move.moved.lineItems} line items, {move.moved.results} results,{' '}
            {move.moved.scores} scores.
            {!move.dryRun &&
              move.remainingCourses > 0 &&
              ` ${move.remainingCourses} courses remain: move again.`}
          </p>
          {(move.dryRun || move.remainingCourses > 0) && (
            <Action label={`Move to ${move.to}`} kind="primary" run={() => run(move, false)} />
          )}
        </div>
      )}
    </>
  );
}

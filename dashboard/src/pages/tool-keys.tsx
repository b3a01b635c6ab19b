import { type ToolKeyView } from '../../../src/keys/tool-key.schema.js';
import { call } from '../api.js';
import { usePages } from '../use-pages.js';
import { Action } from '../parts/action.js';
import { List } from '../parts/list.js';
import { Page } from '../parts/page.js';
import { Time } from '../parts/time.js';
import { State, type States } from '../parts/state.js';

const states: States<ToolKeyView['status']> = {
  next: ['next', 'neutral'],
  active: ['active', 'good'],
  retiring: ['retiring', 'neutral'],
  retired: ['retired', 'neutral'],
  revoked: ['revoked', 'bad'],
};

/** The keys that this tool signs with. */
export function ToolKeysPage() {
  const pages = usePages<ToolKeyView>('tool-keys');
  const after = (work: Promise<unknown>): Promise<void> => work.then(pages.reload);
  return (
    <Page
      title="Signing keys"
      actions={
        <Action
          label="Rotate"
          kind="primary"
          done="The next key is published."
          confirm="A new key is published now, and signs later, when all platforms know it. The old key stays published for a while."
          run={() => after(call('POST', 'tool-keys/rotate', {}))}
        />
      }
    >
      <p class="intro">Platforms check the requests of this tool by these keys, from its key set.</p>
      <List
        name="Signing keys"
        pages={pages}
        keyOf={({ kid }) => kid}
        columns={[
          { label: 'Key', cell: ({ kid }) => <code class="long">{kid}</code> },
          { label: 'State', cell: ({ status }) => <State state={status} of={states} /> },
          { label: 'Algorithm', cell: ({ algorithm }) => algorithm },
          { label: 'Signs from', cell: ({ signsFrom }) => <Time at={signsFrom} /> },
          {
            label: 'Published until',
            cell: ({ publishedUntil }) => <Time at={publishedUntil} none="it is replaced" />,
          },
          {
            label: 'Change',
            cell: ({ kid, status }) =>
              status !== 'revoked' &&
              status !== 'retired' && (
                <Action
                  label="Revoke"
                  kind="danger"
                  confirm="Only for a key that has leaked: platforms stop to accept what it signed, and another key signs from now on."
                  run={() => after(call('POST', `tool-keys/${kid}/revoke`))}
                />
              ),
          },
        ]}
        empty={<p>There is no key yet. The first one is created when the service starts.</p>}
      />
    </Page>
  );
}

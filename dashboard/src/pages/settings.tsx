import { type Setting, type SettingsView } from '../../../src/settings/settings.schema.js';
import { useRequest } from '../use-request.js';
import { Badge } from '../parts/badge.js';
import { List } from '../parts/list.js';
import { Loaded } from '../parts/loaded.js';
import { Page } from '../parts/page.js';
import { Section } from '../parts/section.js';

/** The options in force, by their first part. */
export function SettingsPage() {
  const request = useRequest<SettingsView>('settings');
  return (
    <Page title="Settings">
      <p class="intro">
        The options of the process that answered, as they are in force. They are changed by environment
        variables, or by the application that embeds nest-lti. Secrets are never shown.
      </p>
      <Loaded request={request}>
        {({ settings, version }) => (
          <div class="aligned">
            {[...byGroup(settings)].map(([group, own]) => (
              <Section
                key={group}
                title={titleOf(group)}
                intro={`See ${own[0]?.docs ?? 'docs'} of nest-lti ${version}.`}
              >
                <List
                  name={group}
                  pages={{ items: own, problem: undefined, more: undefined, reload: request.reload }}
                  keyOf={({ name }) => name}
                  columns={[
                    { label: 'Option', cell: ({ name }) => <code>{name}</code> },
                    {
                      label: 'Variable',
                      cell: ({ variable }) =>
                        variable === null ? (
                          <span class="fine">no variable</span>
                        ) : (
                          <code class="long">{variable}</code>
                        ),
                    },
                    { label: 'Value', cell: (setting) => <Value {...setting} /> },
                    {
                      label: 'From',
                      cell: ({ isDefault }) =>
                        isDefault ? <span class="fine">the default</span> : 'the configuration',
                    },
                  ]}
                  empty={null}
                />
              </Section>
            ))}
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Value({ value, isMasked }: Setting) {
  if (isMasked) return <Badge tone="neutral">set, not shown</Badge>;
  if (value === null || (Array.isArray(value) && value.length === 0))
    return <span class="fine">not set</span>;
  return <span class="long">{Array.isArray(value) ? value.join(', ') : String(value)}</span>;
}

/** `accessTokens` as `Access tokens`. */
function titleOf(group: string): string {
  const words = group.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const GENERAL = 'general';

function byGroup(settings: readonly Setting[]): Map<string, Setting[]> {
  const groups = new Map<string, Setting[]>();
  for (const setting of settings) {
    const group = setting.name.includes('.') ? setting.name.slice(0, setting.name.indexOf('.')) : GENERAL;
    groups.set(group, [...(groups.get(group) ?? []), setting]);
  }
  return groups;
}

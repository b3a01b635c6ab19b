import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type LtiConfig, ltiConfigSchema, parseLtiConfig } from '../config/lti-config.js';
import { viewSettings } from './settings.view.js';

const REQUIRED = {
  publicUrl: 'https://tool.example.edu',
  database: { url: 'postgres://nest:hunter2@db.example.edu:5432/lti?password=hunter3#hunter4' },
  encryptionKeys: `main:${'A'.repeat(43)}=`,
};
/** The options whose text is for everyone who may read the API. */
const OPEN = [
  ...['tokenStore.type', 'tokenStore.keyPrefix', 'jobs.backend', 'jobs.keyPrefix', 'courseSync.every'],
  ...['courseSync.archiveAfter', 'toolKeys.rotateEvery', 'launch.deployments', 'launch.anonymous'],
  ...['launch.codeIn', 'dynamicRegistration.toolName', 'dynamicRegistration.toolDescription'],
  ...['dynamicRegistration.contacts', 'dynamicRegistration.privacyLevel', 'platformHttp.allowedPrivateHosts'],
];

describe('the settings', () => {
  const { settings } = viewSettings(parseLtiConfig(REQUIRED));
  const byName = new Map(settings.map((setting) => [setting.name, setting]));

  it('are all options of the schema, with those that are not set', () => {
    for (const [group, schema] of Object.entries(ltiConfigSchema.shape)) {
      const inner = 'unwrap' in schema ? schema.unwrap() : schema;
      if (!('shape' in inner)) continue;
      for (const name of Object.keys(inner.shape))
        expect([group, name, byName.has(`${group}.${name}`)]).toEqual([group, name, true]);
    }
    expect(byName.get('adminApiKey')).toMatchObject({ value: null, isMasked: false, isDefault: true });
    expect(byName.get('encryptionKeys')).toMatchObject({ value: null, isMasked: true, isDefault: false });
    expect(new Set(settings.map(({ name }) => name)).size).toBe(settings.length);
  });

  it('show durations as they are written, and what is a default', () => {
    expect(byName.get('courseSync.every')).toMatchObject({
      ...{ value: '15m', isDefault: true, variable: 'SYNC_EVERY', docs: 'docs/syncs.md' },
    });
    for (const { name, value } of settings) expect([name, Number(value) > 10_000]).toEqual([name, false]);
    const changed = viewSettings(parseLtiConfig({ ...REQUIRED, courseSync: { every: '2h' } }));
    expect(changed.settings.find(({ name }) => name === 'courseSync.every')).toMatchObject({
      ...{ value: '2h', isDefault: false },
    });
  });

  it('show a URL without login, query and fragment', () => {
    expect(byName.get('database.url')!.value).toBe('postgres://db.example.edu:5432/lti');
    expect(JSON.stringify(settings)).not.toMatch(/hunter/);
  });

  it('show no text of an option, known or unknown, that is not named as open', () => {
    const texts = new Map<string, string>();
    const secretOf = (name: string): string => {
      texts.set(name, `secret-${texts.size}-of-${name.replaceAll('.', '-')}`);
      return texts.get(name)!;
    };
    const filled = (name: string): unknown => [name, `${name}.unknown`].map(secretOf);
    const config: Record<string, unknown> = { unknown: secretOf('unknown') };
    for (const { name } of settings) {
      const [group = '', option] = name.split('.');
      if (option === undefined) config[group] = secretOf(group);
      else {
        const inside = (config[group] ??= { unknown: secretOf(`${group}.unknown`) }) as Record<
          string,
          unknown
        >;
        inside[option] = option.endsWith('s') ? filled(name) : secretOf(name);
      }
    }
    for (const store of ['tokenStore', 'jobs'])
      config[store] = {
        ...{ url: secretOf(`${store}.url`), type: 'redis', password: secretOf(`${store}.password`) },
        options: { password: secretOf(`${store}.options.password`), tls: { key: secretOf(`${store}.tls`) } },
        cluster: { nodes: [secretOf(`${store}.nodes`)], options: { password: secretOf(`${store}.cluster`) } },
      };
    const shown = JSON.stringify(viewSettings(config as unknown as LtiConfig));
    const leaked = [...texts].filter(([, text]) => shown.includes(text)).map(([name]) => name);
    expect(texts.size).toBeGreaterThan(60);
    expect(leaked.filter((name) => !OPEN.includes(name.replace(/\.unknown$/, '')))).toEqual([]);
  });

  it('name pages that exist', () => {
    for (const { docs } of settings)
      expect([docs, existsSync(join(process.cwd(), docs))]).toEqual([docs, true]);
  });
});

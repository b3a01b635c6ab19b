import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleApps } from '../packaging/sample-apps.js';

interface Manifest {
  version: string;
  engines: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

const root = join(__dirname, '..', '..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifest = (path: string) => JSON.parse(text(path)) as Manifest;

describe('a release', () => {
  it('has one version of all packages, and the service wants this very version of the others', () => {
    const { version } = manifest('package.json');
    const server = manifest('server/package.json');
    expect(manifest('dashboard/package.json').version).toBe(version);
    expect(server.version).toBe(version);
    expect(server.dependencies).toMatchObject({ 'nest-lti': version, 'nest-lti-dashboard': version });
  });

  it('promises the versions that the sample applications and the workflow run', () => {
    const page = text('docs/releases.md');
    const row = (part: string): string => new RegExp(`^\\| ${part} .*$`, 'm').exec(page)?.[0] ?? '';
    for (const { release, typeorm, ioredis } of sampleApps) {
      expect(row('NestJS')).toContain(release.nest);
      expect(row('TypeORM')).toContain(typeorm);
      if (ioredis !== undefined) expect(row('ioredis')).toContain(ioredis);
    }
    const { engines, peerDependencies } = manifest('package.json');
    expect(engines.node).toBe('>=20.19.0');
    expect(row('Node.js')).toContain('20.19 or later of 20, 22, 24');
    expect(peerDependencies['@nestjs/core']).toBe('^11.0.1 || ^12.0.1');
    expect(row('NestJS')).toContain('11.0.1 or later of 11, 12.0.1 or later of 12');
    expect(peerDependencies.typeorm).toBe('^0.3.27 || ^1.0.0');
    expect(peerDependencies.ioredis).toBe('^5.0.4 || ^6.0.0');
    const versions = [
      ...text('.github/workflows/ci.yml').matchAll(/node: '([\d.]+)', postgres: '(\d+)', redis: '([\d.]+)'/g),
    ];
    expect(versions.map(([, ...of]) => of)).toEqual([
      ['20.19', '14', '6.2'],
      ['22', '16', '7.4'],
      ['24', '18', '8'],
    ]);
    expect(row('PostgreSQL')).toContain('| 14 to 18 ');
    expect(row('Redis')).toContain('| 6.2, 7, 8 ');
  });

  it('is published with provenance, the tarballs in the order of their dependencies', () => {
    const workflow = text('.github/workflows/publish.yml');
    expect(workflow).toContain('id-token: write');
    expect(workflow).toContain('for name in nest-lti nest-lti-dashboard nest-lti-server; do');
    expect(workflow).toContain('--provenance');
    expect(workflow).not.toMatch(/secrets\.|NODE_AUTH_TOKEN/);
  });
});

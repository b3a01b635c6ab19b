/** A release of Nest with its companions, by package. */
interface Release {
  nest: string;
  express: string;
  fastify: string;
  packages: Record<string, string>;
}

/** What `nest new` gives a project: its tsconfig.json, in apps/nest-new, and its test runner. */
interface Project {
  tsconfig: string;
  packages: Record<string, string>;
  /** The Node that its tests need; else the one that runs this. */
  testNode?: string;
}

/** A host application for a test of the tarball. */
export interface SampleApp {
  release: Release;
  project: Project;
  adapter: 'express' | 'fastify';
  modules: 'CommonJS' | 'ES modules';
  typeorm: string;
  /** The version of the host's ioredis. BullMQ 5 brings one of its own, BullMQ 6 none. */
  ioredis?: string;
  tokenStore: 'postgres' | 'redis';
  /** Whether it also runs in CI for each commit. */
  isInGate?: true;
}

const common = {
  'class-transformer': '0.5.1',
  'class-validator': '0.15.1',
  pg: '8.23.1',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
};

const packagesOf11 = {
  ...common,
  '@nestjs/bullmq': '11.0.4',
  '@nestjs/config': '4.0.0',
  '@nestjs/event-emitter': '3.0.0',
  '@nestjs/schedule': '6.0.0',
  '@nestjs/testing': '11.0.1',
  '@nestjs/typeorm': '11.0.0',
  '@types/node': '22.10.7',
  bullmq: '5.81.5',
  typescript: '5.7.3',
};

// platform-fastify 11.0.1 has Nest 10 as its peer: 11.0.3 is the first that npm installs.
const first11: Release = { nest: '11.0.1', express: '11.0.1', fastify: '11.0.3', packages: packagesOf11 };

const last11: Release = {
  nest: '11.2.10',
  express: '11.2.10',
  fastify: '11.2.8',
  packages: {
    ...packagesOf11,
    '@nestjs/bullmq': '11.0.5',
    '@nestjs/config': '4.0.4',
    '@nestjs/event-emitter': '3.1.0',
    '@nestjs/schedule': '6.1.3',
    '@nestjs/testing': '11.2.6',
    '@nestjs/typeorm': '11.0.3',
    '@types/node': '24.19.4',
    typescript: '5.9.3',
  },
};

const packagesOf12 = {
  ...common,
  '@nestjs/bullmq': '12.0.0',
  '@nestjs/config': '12.0.0',
  '@nestjs/event-emitter': '12.0.0',
  '@nestjs/schedule': '12.0.0',
  '@nestjs/testing': '12.0.1',
  '@nestjs/typeorm': '12.0.2',
  '@types/node': '24.19.4',
  bullmq: '5.81.5',
  typescript: '6.0.3',
};

// npm does not install 12.0.0, because its own peers conflict.
const first12: Release = { nest: '12.0.1', express: '12.0.1', fastify: '12.0.1', packages: packagesOf12 };

const last12: Release = {
  nest: '12.5.1',
  express: '12.5.1',
  fastify: '12.5.0',
  packages: {
    ...packagesOf12,
    '@nestjs/config': '12.0.1',
    '@nestjs/event-emitter': '12.0.1',
    '@nestjs/schedule': '12.0.2',
    '@nestjs/testing': '12.1.1',
    bullmq: '6.7.0',
  },
};

/** Versions that lie between those that we develop with. */
const between12: Release = {
  nest: '12.4.2',
  express: '12.4.2',
  fastify: '12.2.0',
  packages: { ...last12.packages, '@nestjs/schedule': '12.0.1' },
};

const jest29 = { '@types/jest': '29.5.14', jest: '29.7.0', 'ts-jest': '29.4.15' };
const jest30 = { '@types/jest': '30.0.0', jest: '30.5.2', 'ts-jest': '29.4.15' };

const new110: Project = { tsconfig: 'nest-11.0', packages: jest29 };
const new11: Project = { tsconfig: 'nest-11', packages: jest30 };
const new12: Project = { tsconfig: 'nest-12-esm', packages: { vitest: '4.1.12' } };
// jest can `require` Nest 12, which is ES modules, from Node 24.9 on: before, an empty project's own test fails, too.
const new12InCommonJs: Project = { tsconfig: 'nest-12-commonjs', packages: jest30, testNode: '24.21.0' };

const [cjs, esm] = ['CommonJS', 'ES modules'] as const;
const postgres = { tokenStore: 'postgres' } as const;
const redisBy5 = { tokenStore: 'redis', ioredis: '5.11.1' } as const;
const redisBy6 = { tokenStore: 'redis', ioredis: '6.0.0' } as const;
const bullByIoredis5 = { ...postgres, ioredis: '5.11.1' } as const;
const bullByIoredis6 = { ...postgres, ioredis: '6.0.0' } as const;

// oxfmt-ignore
export const sampleApps: readonly SampleApp[] = [
  { release: first11, project: new110, adapter: 'express', modules: cjs, typeorm: '0.3.27', ...postgres },
  { release: { ...first11, nest: '11.0.3' }, project: new110, adapter: 'fastify', modules: cjs, typeorm: '0.3.31', ...redisBy5 },
  { release: last11, project: new11, adapter: 'fastify', modules: cjs, typeorm: '0.3.31', ...postgres, isInGate: true },
  { release: last11, project: new11, adapter: 'express', modules: cjs, typeorm: '1.1.1', ...postgres },
  { release: last11, project: new12, adapter: 'express', modules: esm, typeorm: '1.1.1', ...postgres },
  { release: first12, project: new12InCommonJs, adapter: 'express', modules: cjs, typeorm: '0.3.31', ...postgres },
  { release: first12, project: new12, adapter: 'fastify', modules: esm, typeorm: '1.1.1', ...redisBy5 },
  { release: between12, project: new12, adapter: 'express', modules: esm, typeorm: '1.1.1', ...redisBy6 },
  { release: last12, project: new12, adapter: 'express', modules: esm, typeorm: '1.1.1', ...bullByIoredis6, isInGate: true },
  { release: last12, project: new12InCommonJs, adapter: 'fastify', modules: cjs, typeorm: '1.1.1', ...bullByIoredis5 },
];

/** A host to try the tarballs in: the versions it has, and how it is made. */
export interface SampleApp {
  nest: string;
  adapter: 'express' | 'fastify';
  /** The version of the adapter's package. */
  adapterVersion: string;
  modules: 'CommonJS' | 'ES modules';
  typeorm: string;
  /** The version of the host's ioredis. BullMQ 5 brings one of its own, BullMQ 6 none. */
  ioredis?: string;
  /** Default: postgres. */
  tokenStore?: 'redis';
  /** The tsconfig.json that `nest new` makes, in apps/nest-new. */
  tsconfig: 'nest-11.0' | 'nest-11' | 'nest-12-commonjs' | 'nest-12-esm';
  /** What else it depends on, by package. */
  packages: Record<string, string>;
  /** Runs in the gate of each commit, too. */
  isInGate?: true;
}

const common = {
  'class-transformer': '0.5.1',
  'class-validator': '0.15.1',
  pg: '8.23.1',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
};

const firstOf11 = {
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

const lastOf11 = {
  ...firstOf11,
  '@nestjs/bullmq': '11.0.5',
  '@nestjs/config': '4.0.4',
  '@nestjs/event-emitter': '3.1.0',
  '@nestjs/schedule': '6.1.3',
  '@nestjs/testing': '11.2.6',
  '@nestjs/typeorm': '11.0.3',
  '@types/node': '24.19.4',
  typescript: '5.9.3',
};

const firstOf12 = {
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

const lastOf12 = {
  ...firstOf12,
  '@nestjs/config': '12.0.1',
  '@nestjs/event-emitter': '12.0.1',
  '@nestjs/schedule': '12.0.2',
  '@nestjs/testing': '12.1.1',
  bullmq: '6.7.0',
};

const jest29 = { '@types/jest': '29.5.14', jest: '29.7.0', 'ts-jest': '29.4.15' };
const jest30 = { '@types/jest': '30.0.0', jest: '30.5.2', 'ts-jest': '29.4.15' };
const vitest = { vitest: '4.1.12' };

export const sampleApps: readonly SampleApp[] = [
  {
    ...{ nest: '11.0.1', adapter: 'express', adapterVersion: '11.0.1', modules: 'CommonJS' },
    ...{ typeorm: '0.3.27', tsconfig: 'nest-11.0', packages: { ...firstOf11, ...jest29 } },
  },
  {
    ...{
      nest: '11.0.1',
      adapter: 'fastify',
      adapterVersion: '11.0.1',
      modules: 'CommonJS',
      ioredis: '5.11.1',
      tokenStore: 'redis',
    },
    ...{ typeorm: '0.3.31', tsconfig: 'nest-11.0', packages: { ...firstOf11, ...jest29 } },
  },
  {
    ...{ nest: '11.2.10', adapter: 'fastify', adapterVersion: '11.2.8', modules: 'CommonJS', isInGate: true },
    ...{ typeorm: '0.3.31', tsconfig: 'nest-11', packages: { ...lastOf11, ...jest30 } },
  },
  {
    ...{ nest: '11.2.10', adapter: 'express', adapterVersion: '11.2.10', modules: 'CommonJS' },
    ...{ typeorm: '1.1.1', tsconfig: 'nest-11', packages: { ...lastOf11, ...jest30 } },
  },
  {
    ...{ nest: '11.2.10', adapter: 'express', adapterVersion: '11.2.10', modules: 'ES modules' },
    ...{ typeorm: '1.1.1', tsconfig: 'nest-12-esm', packages: { ...lastOf11, ...vitest } },
  },
  {
    ...{ nest: '12.0.1', adapter: 'express', adapterVersion: '12.0.1', modules: 'CommonJS' },
    ...{ typeorm: '0.3.31', tsconfig: 'nest-12-commonjs', packages: { ...firstOf12, ...jest30 } },
  },
  {
    ...{ nest: '12.0.1', adapter: 'fastify', adapterVersion: '12.0.1', modules: 'ES modules' },
    ...{
      typeorm: '1.1.1',
      tsconfig: 'nest-12-esm',
      packages: { ...firstOf12, ...vitest },
      ioredis: '5.11.1',
      tokenStore: 'redis',
    },
  },
  {
    ...{
      nest: '12.4.2',
      adapter: 'express',
      adapterVersion: '12.4.2',
      modules: 'ES modules',
      ioredis: '6.0.0',
      tokenStore: 'redis',
    },
    ...{ typeorm: '1.1.1', tsconfig: 'nest-12-esm' },
    packages: { ...lastOf12, ...vitest, '@nestjs/schedule': '12.0.1' },
  },
  {
    ...{
      nest: '12.5.1',
      adapter: 'express',
      adapterVersion: '12.5.1',
      modules: 'ES modules',
      isInGate: true,
    },
    ...{ typeorm: '1.1.1', ioredis: '6.0.0', tsconfig: 'nest-12-esm', packages: { ...lastOf12, ...vitest } },
  },
  {
    ...{ nest: '12.5.1', adapter: 'fastify', adapterVersion: '12.5.0', modules: 'CommonJS' },
    ...{
      typeorm: '1.1.1',
      ioredis: '5.11.1',
      tsconfig: 'nest-12-commonjs',
      packages: { ...lastOf12, ...jest30 },
    },
  },
];

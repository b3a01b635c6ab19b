import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import * as publicApi from '../../src/index.js';
import { optionVariables } from '../../src/config/option-variables.js';
import { ltiConfigSchema } from '../../src/config/lti-config.js';
import { ltiEventTypes } from '../../src/event-deliveries/event-types.js';
import { optionsFile } from '../../src/nest-add/generated-files.js';
import { guides } from '../../src/registrations/guide/guides.js';
import { environmentNames } from '../../src/server/environment.schema.js';
import { freePort } from '../../src/demo/free-port.js';
import { type BrowserResponse, SimulatedPlatform } from '../../src/testing/index.js';
import { BlockProject } from '../support/documentation/block-project.js';
import { exampleFiles } from '../support/documentation/examples.js';
import { GettingStarted } from '../support/documentation/getting-started.js';
import { type CodeBlock, Page, ROOT } from '../support/documentation/page.js';
import { ShellWalk } from '../support/documentation/shell-walk.js';
import { errorCodes } from '../support/documentation/error-codes.js';
import { ServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const pages = Page.all();
const schemas: Readonly<Record<string, unknown>> = publicApi;

function blocksOf(path: string, language: string): CodeBlock[] {
  return pages
    .flatMap((page) => (page.path === path ? page.blocks : []))
    .filter((block) => block.language === language);
}

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

const isNotRun = ({ marker }: CodeBlock): boolean => marker?.name === 'not run';

describe('the documentation', () => {
  it('has no broken link inside the repository', () => {
    const broken = pages.flatMap((page) =>
      page.links.flatMap(({ path, anchor }) => {
        const target = pages.find((each) => each.path === path);
        const isThere =
          existsSync(join(ROOT, path)) && (anchor === undefined || target?.anchors.includes(anchor));
        return isThere === true ? [] : [`${page.path}: ${path}#${anchor ?? ''}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  it('links only to files that the package ships', () => {
    const shipped = /^(?:README\.md|LICENSE|CHANGELOG\.md|docs\/(?:monitoring\/)?[\w-]+\.md)$/;
    const links = pages.flatMap((page) => page.links.map(({ path }) => path));
    expect(links.filter((path) => !shipped.test(path))).toEqual([]);
  });

  it('names only files that exist where it shows a route file by file', () => {
    const architecture = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
    const routes = architecture.split('## The route of ').slice(1);
    expect(routes).toHaveLength(3);
    for (const route of routes) {
      const [, folder = ''] = /these files of `(src\/[\w-]+)`/.exec(route.replaceAll('\n', ' ')) ?? [];
      const files = [...route.matchAll(/`([\w/-]+(?:\.[\w-]+)*\.ts)`/g)].map(([, file = '']) => file);
      expect(files.length).toBeGreaterThan(10);
      const exists = (file: string) => [folder, 'src', ''].some((base) => existsSync(join(ROOT, base, file)));
      expect(files.filter((file) => !exists(file))).toEqual([]);
    }
  });

  it('is linked from the README with every page', () => {
    const readme = pages.find(({ path }) => path === 'README.md')!;
    const linked = new Set(readme.links.map(({ path }) => path));
    expect(pages.map(({ path }) => path).filter((path) => path !== 'README.md' && !linked.has(path))).toEqual(
      [],
    );
  });

  it('is in the navigation of the site with every page', () => {
    const groups = JSON.parse(readFileSync(join(ROOT, 'docs/.vitepress/sidebar.json'), 'utf8')) as {
      items: { link: string }[];
    }[];
    const linked = groups.flatMap(({ items }) => items.map(({ link }) => `docs${link}.md`));
    const unlinked = pages.map(({ path }) => path).filter((path) => !linked.includes(path));
    expect(unlinked).toEqual(['README.md', 'docs/index.md']);
  });

  it('has code blocks of these languages only, which are all tested below', () => {
    const languages = new Set(pages.flatMap((page) => page.blocks.map(({ language }) => language)));
    expect([...languages].filter((language) => !['ts', 'sh', 'json', 'text'].includes(language))).toEqual([]);
  });

  it('gives a reason for each block that is not run', () => {
    const notRun = pages.flatMap((page) => page.blocks.filter(isNotRun));
    expect(notRun.map(({ page, code, marker }) => [page, code.split('\n')[0], marker?.text])).toEqual([
      ['README.md', 'npm ci && npm run demo', 'the test of the demo runs it'],
      [
        'README.md',
        'npm run demo -- --processes 4 --store memory --store postgres --store redis --exit',
        'four processes on three stores take minutes',
      ],
      ['README.md', 'npx nest add nest-lti', 'installs from the registry; test/packaging runs it'],
      [
        'README.md',
        'npm install nest-lti @nestjs/config @nestjs/schedule @nestjs/event-emitter @nestjs/typeorm typeorm pg',
        'installs from the registry; a test compares the names with the peer dependencies',
      ],
      [
        'README.md',
        'npm install nest-lti @nestjs/config@4 @nestjs/schedule@6 @nestjs/event-emitter@3 @nestjs/typeorm@11 typeorm pg',
        'installs from the registry; a test compares the names with the peer dependencies',
      ],
      [
        'docs/getting-started.md',
        'npx nest add nest-lti',
        'installs from the registry; test/packaging runs it',
      ],
      [
        'docs/getting-started.md',
        'npm install nest-lti @nestjs/common @nestjs/core @nestjs/platform-express @nestjs/schedule @nestjs/typeorm typeorm pg reflect-metadata rxjs',
        'installs from the registry; a test compares the names with the peer dependencies',
      ],
    ]);
  });

  it('has valid JSON, which passes the schema that its marker names', () => {
    const faults = pages.flatMap((page) =>
      blocksOf(page.path, 'json').flatMap(({ code, marker, line }) => {
        const value: unknown = JSON.parse(code);
        if (marker?.name !== 'schema') return [];
        const schema = schemas[marker.text];
        // A name that is misspelled would check nothing.
        const fault =
          schema instanceof z.ZodType ? schema.safeParse(value).error : 'nest-lti exports no such schema';
        return fault === undefined ? [] : [`${page.path}:${line}: ${marker.text}: ${String(fault)}`];
      }),
    );
    expect(faults).toEqual([]);
  });

  it('has only markers that a test reads, each above a block of its language', () => {
    const languages: Readonly<Record<string, string>> = {
      schema: 'json',
      'not run': 'sh',
      'starts the service': 'sh',
    };
    // The bench writes its table between them.
    const ofBench = ['README.md: bench', 'README.md: bench end'];
    const markers = pages.flatMap((page) => page.comments.map((text) => `${page.path}: ${text}`));
    const read = pages.flatMap((page) =>
      page.blocks.flatMap(({ language, marker }) =>
        marker !== undefined && languages[marker.name] === language
          ? [`${page.path}: ${marker.name}: ${marker.text}`]
          : [],
      ),
    );
    expect(markers.filter((marker) => !ofBench.includes(marker))).toEqual(read);
    expect(markers.filter((marker) => ofBench.includes(marker))).toEqual(ofBench);
  });

  it('names each package that a host has to install', () => {
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as { peerDependencies: Record<string, string>; peerDependenciesMeta: Record<string, object> };
    // `nest new` has installed these.
    const present = [
      '@nestjs/common',
      '@nestjs/core',
      'reflect-metadata',
      'rxjs',
      ...Object.keys(peerDependenciesMeta),
    ];
    const needed = Object.keys(peerDependencies).filter((name) => !present.includes(name));
    const installs = ['README.md', 'docs/getting-started.md']
      .flatMap((path) => blocksOf(path, 'sh'))
      .filter(({ code }) => code.startsWith('npm install nest-lti'));
    expect(installs).toHaveLength(3);
    for (const { code } of installs) {
      const named = code.split(/\s+/).map((word) => word.replace(/(?<=.)@[\d.]+$/, ''));
      expect(named).toEqual(expect.arrayContaining(needed));
    }
  });
});

describe('the documentation, compared with the code,', () => {
  const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
  /** The names in the first cells of the tables of a page. */
  const firstCells = (path: string): string[] =>
    [...text(path).matchAll(/^\| ([^|]+)\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    );

  it('has an entry in docs/troubleshooting.md for each code, with its status, class and rule, and for no other', () => {
    const entries = text('docs/troubleshooting.md')
      .split(/^### `/m)
      .slice(1);
    // The text names an actor; a code without facts begins with it.
    const headOf = (entry: string) => {
      const [title = '', , line = ''] = entry.split('\n');
      return [title.replace('`', ''), line.includes('**') ? '' : line];
    };
    const stated = errorCodes().map(({ code, status, className, specRef }) => {
      const parts = [status, className === undefined ? undefined : `\`${className}\``, specRef];
      return [code, parts.filter((part) => part !== undefined).join(' · ')];
    });
    expect(entries.map(headOf).sort()).toEqual(stated.sort());
  });

  it('says in each entry of docs/troubleshooting.md who has to act', () => {
    const actors = /\*\*(?:User|Tool developer|Tool operator|Platform administrator|Nobody)\*\*/;
    const entries = text('docs/troubleshooting.md')
      .split(/^### `/m)
      .slice(1);
    expect(entries.filter((entry) => !actors.test(entry))).toEqual([]);
  });

  it('has the steps and the values of the registration guide in the page of each platform', () => {
    const { generic: _, ...products } = guides;
    const missing = Object.entries(products).flatMap(([family, { steps, toolValues, platformValues }]) => {
      const page = text(`docs/platform-${family}.md`);
      const values = Object.values(platformValues).flatMap(([value, where]) => [value ?? '', where]);
      const parts = [...steps, ...toolValues.map(([label]) => label), ...values];
      return parts.filter((part) => !page.includes(part)).map((part) => `${family}: ${part}`);
    });
    expect(missing).toEqual([]);
  });

  it('names each environment variable in the table of the README', () => {
    const named = firstCells('README.md').filter((name) => /^[A-Z][A-Z_]+$/.test(name));
    expect(named.sort()).toEqual([...environmentNames].sort());
  });

  it('names each option in the table of docs/embedding.md', () => {
    const pathsOf = (schema: z.ZodType, path: string): string[] => {
      const inner = schema instanceof z.ZodPrefault ? (schema.unwrap() as z.ZodType) : schema;
      if (!(inner instanceof z.ZodObject)) return [path];
      return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([name, value]) =>
        pathsOf(value, path === '' ? name : `${path}.${name}`),
      );
    };
    const page = text('docs/embedding.md');
    // One row names the further addresses of the tool together, and one each store and backend with its own options.
    const rows = firstCells('docs/embedding.md');
    const isNamed = (path: string) =>
      rows.some((name) => name === path || name.startsWith(`${path}.`)) ||
      (path.startsWith('dynamicRegistration.') && page.includes(`\`${path.split('.')[1] ?? ''}\``));
    expect(pathsOf(ltiConfigSchema, '').filter((path) => !isNamed(path))).toEqual([]);
  });

  it('names each event in the table of docs/events.md', () => {
    const named = firstCells('docs/events.md').filter((name) => name.startsWith('lti.'));
    expect(named.sort()).toEqual([...ltiEventTypes].sort());
  });

  it('gets references to all options, variables and main routes from the code', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'nest-lti-references-'));
    await promisify(execFile)(process.execPath, ['scripts/build-docs.mjs', '--references', directory], {
      cwd: ROOT,
    });
    const configuration = readFileSync(join(directory, 'configuration.md'), 'utf8');
    const names = [...Object.keys(optionVariables), ...environmentNames];
    // The options of these two have pages of their own.
    const apart = ['tokenStore.url', 'jobs.url', 'jobs.backend'];
    const missing = names.filter((name) => !configuration.includes(`\`${name}\``));
    expect(missing.filter((name) => !apart.includes(name))).toEqual([]);
    const rest = readFileSync(join(directory, 'rest.md'), 'utf8');
    expect(rest).toContain('### POST /lti/launch');
    expect(rest).toContain('### POST /api/v1/courses/&#123;id&#125;/scores');
    await rm(directory, { recursive: true });
  }, 60_000);

  it('has a section of docs/runbook.md for each alert', () => {
    const alerts = [...text('docs/monitoring/alerts.yml').matchAll(/- alert: (\w+)/g)];
    const sections = [...text('docs/runbook.md').matchAll(/^## (Lti\w+)$/gm)];
    expect(sections.map(([, name]) => name).sort()).toEqual(alerts.map(([, name]) => name).sort());
  });
});

describe('the TypeScript of the documentation and of doc comments', () => {
  let project: BlockProject;
  beforeAll(async () => (project = await BlockProject.create(pages, exampleFiles())));
  afterAll(() => project.remove());
  const env = { TEST_DATABASE_URL: process.env.TEST_DATABASE_URL ?? '' };

  it('compiles in a host of its own, strictly', () => {
    expect(project.compile()).toEqual([]);
  }, 120_000);

  it('boots the application of the README as written, which receives a launch and reads a roster', async () => {
    const environment = blocksOf('README.md', 'sh').find(({ code }) => code.startsWith('cat > .env'));
    await new ShellWalk(new Map(), project.directoryOf('README.md')).run(environment!);
    expect(await project.jest('README.md', env)).toContain('1 passed, 1 total');
  }, 180_000);

  it('gets from an empty folder to a launch, a roster and a score by docs/getting-started.md, followed to the letter', async () => {
    const page = GettingStarted.read();
    const port = String(await freePort(0));
    // The packages of the project stand for those that the reader installs.
    const script = page.script(() => `mkdir -p node_modules/.bin && ln -s ${TSC} node_modules/.bin/tsc`);
    const output = await project.bash('docs/getting-started.md', script.replaceAll('3000', port), env);
    expect(output).toContain(`${page.shown}\n`);
    expect(page.shown).toContain('The gradebook has 17 of 20');
  }, 180_000);

  it('has a whole tool in docs/quiz-tool.md whose test passes as written, with the options that nest add writes', async () => {
    const options = blocksOf('docs/quiz-tool.md', 'ts').find(({ code }) => code.includes('ltiOptions:'));
    expect(`${options?.code.trim() ?? ''}\n`).toBe(`// src/lti/lti.options.ts\n${optionsFile('.js', false)}`);
    expect(await project.jest('docs/quiz-tool.md', env)).toContain('1 passed, 1 total');
  }, 180_000);

  it('has tests in docs/testing.md that pass as written, in jest and in node:test', async () => {
    expect(await project.jest('docs/testing.md', env)).toContain('5 passed, 5 total');
    expect(await project.node('docs/testing.md', ['--test', 'test/tool.node-test.js'], env)).toContain(
      '# pass 1',
    );
  }, 240_000);
});

describe('the walk through the service', () => {
  let lms: SimulatedPlatform;
  let directory: string;
  let service: ServiceProcess | undefined;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nest-lti-service-'));
    lms = await SimulatedPlatform.start({ family: 'moodle' });
  });
  afterAll(async () => {
    await service?.end('SIGTERM');
    await lms.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('works as written: registration, course, sync, scores, launch and its exchange', async () => {
    const port = await freePort(0);
    const url = `http://localhost:${port}`;
    const start = async (environment: Record<string, string>): Promise<void> => {
      const env = { DATA_DIR: directory, PORT: String(port), ALLOW_PRIVATE_NETWORKS: 'true', ...environment };
      service = ServiceProcess.start({ env });
      await service.url();
    };
    await start({});
    // The API key is printed last, after the address.
    const apiKey = await until('the API key', () =>
      Promise.resolve(/nlti_[\w-]+/.exec(service!.output)?.[0]),
    );

    // The steps of the reader in the LMS.
    const course = lms.addCourse({
      contextId: '42',
      members: [{ userId: '3', name: 'Ada' }, { roles: ['Instructor'] }],
    });
    for (let quiz = 1; quiz <= 7; quiz += 1)
      course.gradebook.addLineItem({ label: `Quiz ${quiz}`, scoreMaximum: 20 });
    await lms.registrationFor(url, { clientId: 'Ab3dEf6hIj9kLmN' });

    const values = new Map([
      ['http://localhost:3000', url],
      ['https://moodle.example.edu', lms.url],
      ['nlti_...', apiKey],
    ]);
    const walk = new ShellWalk(values);
    // The reader uses the same terminal.
    const walked = ['service', 'grades', 'services', 'launches', 'deep-linking'];
    for (const block of walked.flatMap((name) => blocksOf(`docs/${name}.md`, 'sh'))) {
      if (block.marker?.name !== 'starts the service') {
        await walk.run(block);
        continue;
      }
      await service?.end('SIGTERM');
      await start(variablesOf(block));
      values.set('Aez3aq1l0NbPZIEQKUP9ow', codeOf(await lms.launch({ userId: '3' })));
      const picking = await lms.launch({ userId: '3', messageType: 'LtiDeepLinkingRequest' });
      values.set('kX2wq9Rr0NbPZIEQKUP7aa', codeOf(picking));
    }

    const quiz = course.gradebook.lineItem('7');
    await until('the score', () => Promise.resolve(quiz.resultScore('3')));
    expect(quiz.resultScore('3')).toBe(17);
  }, 180_000);
});

/** The variables of `NAME=value npm start`. */
function variablesOf({ code }: CodeBlock): Record<string, string> {
  return Object.fromEntries(
    [...code.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** The one-time code that the browser brings to the tool: in the URL, or in a form. */
function codeOf({ headers, body }: BrowserResponse): string {
  const { location } = headers;
  const code =
    location === undefined
      ? /name="code" value="([^"]+)"/.exec(body)?.[1]
      : new URL(location).searchParams.get('code');
  return code ?? '';
}

import { type Command, InvalidArgumentError } from 'commander';
import { type CommandContext } from 'nest-lti/internal';
import { type FamilyName, familyNames, SimulatedPlatform } from 'nest-lti/testing';

/** The longest delay of a Node timer. */
const LONGEST_INTERVAL_MS = 2 ** 31 - 1;

interface LmsOptions {
  port: number;
  host: string;
  family: FamilyName;
  courses: number;
  members: number;
  bigCourse?: number;
  tokenLife: number;
  tool: string;
  clientId: string;
  ownIssuer?: true;
  json?: true;
}

/** `lms`: runs only the simulated LMS, to try a tool by hand. */
export function addLmsCommand(program: Command, { output: { answer, say } }: CommandContext): void {
  const command = program.command('lms').description('run a simulated LMS until SIGTERM or SIGINT');
  const number = (max: number) => (text: string) => {
    if (/^\d+$/.test(text) && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number up to ${max}.`);
  };
  command
    .option('--port <port>', 'where it listens; 0: any free port', number(65_535), 3100)
    .option('--host <host>', 'an address of this machine alone', '127.0.0.1')
    .addOption(
      command
        .createOption('--family <family>', 'the LMS that it plays')
        .choices([...familyNames])
        .default('generic'),
    )
    .option('--courses <count>', 'how many courses it has', number(10_000), 5)
    .option('--members <count>', 'of each course', number(200_000), 100)
    .option('--big-course <count>', 'members of the first course', number(200_000))
    .option('--token-life <seconds>', 'of its access tokens', number(86_400), 3600)
    .option(
      '--tool <url>',
      'the public URL of the tool that it launches',
      (url: string) => url.replace(/\/+$/, ''),
      'http://localhost:3000',
    )
    .option('--client-id <id>', 'of the tool', 'nest-lti')
    .option('--own-issuer', 'its issuer is its own address, as of a self-hosted Canvas')
    .option('--json', 'print its URL as a line of JSON instead')
    .action(async (options: LmsOptions) => {
      const lms = await startLms(options);
      answer(
        options.json === true
          ? JSON.stringify({ url: lms.url, pid: process.pid })
          : introduction(lms, options),
      );
      await ended();
      await lms.stop();
    });

  async function ended(): Promise<void> {
    // Neither the simulated LMS nor a listener for signals keeps the process alive.
    const alive = setInterval(() => undefined, LONGEST_INTERVAL_MS);
    await new Promise<void>((resolve) => {
      process.once('SIGTERM', resolve).once('SIGINT', resolve);
      // A forked process ends with its parent.
      process.once('disconnect', resolve);
    });
    clearInterval(alive);
    say('The simulated LMS stops.');
  }
}

async function startLms({ host, port, family, ...options }: LmsOptions): Promise<SimulatedPlatform> {
  const { tokenLife: tokenLifeSeconds, ownIssuer } = options;
  const lms = await SimulatedPlatform.start({ host, port, family, tokenLifeSeconds, ownIssuer });
  for (let number = 1; number <= options.courses; number += 1) {
    lms.addCourse({ members: number === 1 ? (options.bigCourse ?? options.members) : options.members });
  }
  const { tool } = options;
  lms.addTool({
    clientId: options.clientId,
    jwksUrl: `${tool}/lti/jwks.json`,
    launch: { loginUrl: `${tool}/lti/login`, redirectUris: [`${tool}/lti/launch`] },
  });
  return lms;
}

function introduction(lms: SimulatedPlatform, { clientId, tool, family }: LmsOptions): string {
  const registration = {
    name: `Simulated ${family}`,
    issuer: lms.issuer,
    clientId,
    authorizationUrl: lms.authorizationUrl,
    tokenUrl: lms.tokenUrl,
    jwksUrl: lms.jwksUrl,
    ...(lms.tokenAudience !== lms.tokenUrl && { tokenAudience: lms.tokenAudience }),
    platformFamily: family,
    deployments: ['1'],
  };
  return `A simulated LMS (${family}) runs at ${lms.url}

It knows the tool at ${tool} as client "${clientId}". Start the tool with ALLOW_PRIVATE_NETWORKS=true, and register the
LMS there (KEY is an API key of the tool):

curl -X POST ${tool}/api/v1/registrations \\
  -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '${JSON.stringify(registration, undefined, 2)}'

Or let the LMS register the tool: create an invitation (POST /api/v1/registration-invitations), and paste its URL into
${lms.url}/_register

Then launch the tool from a course: ${lms.url}/_launch?client_id=${encodeURIComponent(clientId)}
Ctrl-C ends it.`;
}

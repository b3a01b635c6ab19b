import { ZodError, prettifyError } from 'zod';
import { readProcessSettings } from './process-settings.js';
import { SimulatedPlatform } from './simulated-platform.js';

/** Runs a simulated platform until it is told to end; its first line says where it is. */
async function main(): Promise<void> {
  const settings = readProcessSettings(process.argv.slice(2), process.env);
  const { host, port, family } = settings;
  const platform = await SimulatedPlatform.start({
    host,
    port,
    family,
    tokenLifeSeconds: settings['token-life'],
  });
  for (let number = 1; number <= settings.courses; number += 1) {
    const members = number === 1 ? (settings['big-course'] ?? settings.members) : settings.members;
    platform.addCourse({ members });
  }
  const end = () => void platform.stop().then(() => process.exit(0));
  process.once('SIGTERM', end).once('SIGINT', end);
  // Forked: without its parent it has nobody to serve.
  process.once('disconnect', end);
  process.stdout.write(`${JSON.stringify({ url: platform.url, pid: process.pid })}\n`);
}

main().catch((error: unknown) => {
  const reason = error instanceof ZodError ? prettifyError(error) : String(error);
  process.stderr.write(`The simulated platform cannot start: ${reason}\n`);
  process.exit(1);
});

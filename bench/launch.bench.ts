import { jwtVerify } from 'jose';
import { type AdapterName } from '../test/support/http-adapters.js';
import { bareLaunchServer } from './bare-launch-server.js';
import { launchApp } from './launch-app.js';
import { launchClient } from './launch-client.js';
import { BenchPlatform } from './launch-platform.js';
import { launchValidation } from './launch-validation.js';
import { ratesSideBySide } from './rates-side-by-side.js';
import { type Bar, type Row, rowOf } from './row.js';

const CASE = 'launch';
const IN_FLIGHT = 20;

/** Launches: how many are validated in a second, and how many from login to session. */
export async function* launchBench(): AsyncGenerator<Row> {
  const platform = await BenchPlatform.start();
  try {
    yield await validateRow(platform);
    yield await httpRow(platform, 'express', { atLeast: 0.2 });
    yield await httpRow(platform, 'fastify', { atLeast: 0.3 });
  } finally {
    await platform.stop();
  }
}

/** The whole validation of a launch before its nonce is used, against `jwtVerify` of the same token. */
async function validateRow(platform: BenchPlatform): Promise<Row> {
  const { validate, idToken, stop } = await launchValidation(platform);
  const options = { issuer: platform.issuer, audience: platform.clientId, algorithms: ['RS256'] };
  try {
    const { oursPerS, floorPerS, ratios } = await ratesSideBySide(
      () => jwtVerify(idToken, platform.publicKey, options),
      validate,
      IN_FLIGHT,
    );
    const bar = { atLeast: 0.6 };
    return rowOf({
      case: CASE,
      name: 'validate',
      value: oursPerS,
      unit: 'per s',
      floor: floorPerS,
      rounds: ratios,
      bar,
    });
  } finally {
    await stop();
  }
}

/**
 * From the login to the session, over HTTP, with courses and sessions in PostgreSQL: against a bare server that checks the
 * same token and keeps its states and sessions in memory. Both have the cost of the client, which signs the tokens.
 */
async function httpRow(platform: BenchPlatform, adapter: AdapterName, bar: Bar): Promise<Row> {
  const app = await launchApp(platform, adapter);
  const bare = await bareLaunchServer(platform);
  try {
    const { oursPerS, floorPerS, ratios } = await ratesSideBySide(
      launchClient(bare.url, platform),
      launchClient(app.url, platform),
      IN_FLIGHT,
    );
    return rowOf({
      case: CASE,
      name: `http-${adapter}`,
      value: oursPerS,
      unit: 'per s',
      floor: floorPerS,
      rounds: ratios,
      bar,
    });
  } finally {
    await bare.stop();
    await app.stop();
  }
}

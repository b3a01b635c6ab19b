export default async function globalTeardown(): Promise<void> {
  await Promise.all([globalThis.stopTestPostgres?.(), globalThis.stopTestRedis?.()]);
}

import { Redis } from 'ioredis';
import { freePort, RedisServer } from './redis-server.js';
import { until } from './until.js';

const SLOTS = 16_384;
const SIZE = 3;

/** A Redis Cluster of three masters on loopback. */
export class RedisClusterServers {
  private constructor(readonly servers: readonly RedisServer[]) {}

  static async start(): Promise<RedisClusterServers> {
    const buses = await Promise.all(Array.from({ length: SIZE }, freePort));
    const servers = await Promise.all(
      buses.map((bus) =>
        RedisServer.start({
          args: ['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '1000'],
        }),
      ),
    );
    const admins = servers.map(({ port }) => new Redis(port, '127.0.0.1'));
    const share = Math.ceil(SLOTS / SIZE);
    for (const [nth, admin] of admins.entries()) {
      const last = Math.min(SLOTS, (nth + 1) * share) - 1;
      await admin.call('CLUSTER', 'ADDSLOTSRANGE', String(nth * share), String(last));
      await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', String(nth + 1));
      await admin.call('CLUSTER', 'MEET', '127.0.0.1', String(servers[0]!.port), String(buses[0]));
    }
    await until('the cluster is whole', async () => {
      const infos = await Promise.all(admins.map((admin) => admin.cluster('INFO')));
      return (
        infos.every((info) => info.includes('cluster_state:ok') && info.includes(`nodes:${SIZE}`)) ||
        undefined
      );
    });
    for (const admin of admins) admin.disconnect();
    return new RedisClusterServers(servers);
  }

  get nodes(): { host: string; port: number }[] {
    return this.servers.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}

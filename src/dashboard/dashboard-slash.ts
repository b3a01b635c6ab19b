import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { fastifyOf } from '../common/fastify.js';
import { configuredRoutes } from '../common/openapi/application-routes.js';
import { DashboardController, DASHBOARD_PATH } from './dashboard.controller.js';

/**
 * Leads from `/dashboard/` to `/dashboard` on Fastify. Express serves both by one route, and Nest takes the slash off every path
 * that a controller names. A route of our own would stop the boot of a host with `ignoreTrailingSlash`; a hook leaves its answer
 * as it is.
 */
@Injectable()
export class DashboardSlash implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly application: ApplicationConfig,
    private readonly modules: ModulesContainer,
  ) {}

  onModuleInit(): void {
    const fastify = fastifyOf(this.adapterHost);
    if (fastify === undefined) return;
    const homes = this.homes();
    fastify.addHook('onRequest', ({ method, url, routeOptions }, reply, done) => {
      const [path = '', ...query] = url.split('?');
      // Fastify takes the slash for a page without a name, which Nest answers with 404.
      const isOpen = routeOptions.url === undefined || routeOptions.url === `${path}:one`;
      const isHome = isOpen && path.endsWith('/') && homes.has(path.slice(0, -1));
      if (!isHome || (method !== 'GET' && method !== 'HEAD')) {
        done();
        return;
      }
      // Relative, because a proxy may strip the beginning of the path.
      const location = [`../${DASHBOARD_PATH}`, ...query].join('?');
      reply.code(302).header('Location', location).send();
    });
  }

  /** `/dashboard`, below the prefixes of the application. */
  private homes(): ReadonlySet<string> {
    const homes = configuredRoutes(this.application, this.modules).filter(
      ({ controller, method, path }) =>
        controller === DashboardController &&
        method === RequestMethod.GET &&
        path.endsWith(`/${DASHBOARD_PATH}`),
    );
    return new Set(homes.map(({ path }) => path));
  }
}

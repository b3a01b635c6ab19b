import { type INestApplication, type RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, MODULE_PATH, PATH_METADATA, VERSION_METADATA } from '@nestjs/common/constants.js';
import { type ApplicationConfig, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';

/** One route of the application, as its HTTP server knows it. */
export interface ApplicationRoute {
  controller: Type;
  /** The name of the controller's method. */
  name: string;
  handler: object;
  method: RequestMethod;
  /** With the host's global prefix, version and RouterModule: `/tool/api/v1/courses/:id`. */
  path: string;
}

/** All routes of an application. */
export function routesOf(app: INestApplication): ApplicationRoute[] {
  // Private, and the only place where the global prefix, its exceptions and the versioning are. @nestjs/swagger reads it, too.
  const { config } = app as unknown as { config: ApplicationConfig };
  return configuredRoutes(config, app.get(ModulesContainer, { strict: false }));
}

/** The same by what a provider can inject. Nest keeps no list of routes: this reads the same metadata as its router does. */
export function configuredRoutes(config: ApplicationConfig, modules: ModulesContainer): ApplicationRoute[] {
  const paths = new RoutePathFactory(config);
  const versioningOptions = config.getVersioning();
  const scanner = new MetadataScanner();

  return [...modules.values()].flatMap((module) =>
    [...module.controllers.values()].flatMap(({ metatype }) => {
      const controller = metatype as Type;
      const prototype = controller.prototype as object;
      return scanner.getAllMethodNames(prototype).flatMap((name): ApplicationRoute[] => {
        const handler = Reflect.get(prototype, name) as object;
        const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        if (method === undefined) return [];
        const [path = '/'] = paths.create(
          {
            ctrlPath: Reflect.getMetadata(PATH_METADATA, controller) as string,
            methodPath: Reflect.getMetadata(PATH_METADATA, handler) as string,
            globalPrefix: config.getGlobalPrefix(),
            modulePath: modulePathOf(module.metatype, modules),
            controllerVersion: (Reflect.getMetadata(VERSION_METADATA, controller) ??
              versioningOptions?.defaultVersion) as string | undefined,
            methodVersion: Reflect.getMetadata(VERSION_METADATA, handler) as string | undefined,
            versioningOptions,
          },
          method,
        );
        return [{ controller, name, handler, method, path }];
      });
    }),
  );
}

function modulePathOf(module: Type, { applicationId }: ModulesContainer): string {
  return (Reflect.getMetadata(MODULE_PATH + applicationId, module) ??
    Reflect.getMetadata(MODULE_PATH, module) ??
    '') as string;
}

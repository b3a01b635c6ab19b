import { Module } from '@nestjs/common';
import { HomeController } from './home.controller.js';
import { UnversionedApiController } from './unversioned-api.controller.js';

/** The home page of the standalone service, and the answer to requests below `/api` that name no version. */
@Module({ controllers: [HomeController, UnversionedApiController] })
export class PagesModule {}

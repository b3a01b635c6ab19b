import { Inject, Injectable } from '@nestjs/common';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { dashboardErrors } from './dashboard.errors.js';
import { DASHBOARD_PAGES, type DashboardPages } from './dashboard-pages.js';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A script, style or image of the dashboard. */
export interface DashboardAsset {
  type: string;
  body: Buffer;
  gzipped: Buffer;
}

interface Files {
  page: string;
  assets: ReadonlyMap<string, DashboardAsset>;
}

/** The built files, which are read at the first request and then kept: together they are smaller than one photo. */
@Injectable()
export class DashboardFiles {
  private files: Promise<Files> | undefined;

  constructor(@Inject(DASHBOARD_PAGES) private readonly pages: DashboardPages) {}

  /**
   * The HTML of every page. Its links are relative to `base`.
   *
   * @param signIn `api-key`, or `host` where the embedder's guard decides
   * @throws {Unavailable} `dashboard_not_built`
   */
  async page(base: string, signIn: 'api-key' | 'host'): Promise<string> {
    const { page } = await this.load();
    return page.replace('%BASE%', base).replace('%SIGN_IN%', signIn);
  }

  /** @throws {NotFound} `not_found`; {Unavailable} `dashboard_not_built` */
  async asset(name: string): Promise<DashboardAsset> {
    const asset = (await this.load()).assets.get(name);
    if (asset === undefined) throw dashboardErrors.fileNotFound();
    return asset;
  }

  private load(): Promise<Files> {
    this.files ??= this.read().catch((error: unknown) => {
      this.files = undefined;
      throw dashboardErrors.notBuilt(error);
    });
    return this.files;
  }

  private async read(): Promise<Files> {
    const { directory } = this.pages;
    const page = await readFile(join(directory, 'index.html'), 'utf8');
    const names = (await readdir(join(directory, 'assets'))).filter((name) => extname(name) !== '.gz');
    const assets = names.map(async (name): Promise<[string, DashboardAsset]> => {
      const path = join(directory, 'assets', name);
      const [body, gzipped] = await Promise.all([readFile(path), readFile(`${path}.gz`)]);
      return [name, { type: TYPES[extname(name)] ?? 'application/octet-stream', body, gzipped }];
    });
    return { page, assets: new Map(await Promise.all(assets)) };
  }
}

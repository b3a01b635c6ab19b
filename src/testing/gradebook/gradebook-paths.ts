import { type PlatformFamily } from '../families/family.js';

export interface GradebookPath {
  readonly service: 'lineitems' | 'scores' | 'results';
  readonly contextId: string;
  /** Undefined for the list of line items. */
  readonly itemId: string | undefined;
  /** Only in the path of one result. */
  readonly userId: string | undefined;
}

/** Writes and reads the addresses of a family's gradebook. */
export class GradebookPaths {
  readonly #pattern: RegExp;
  readonly #itemPath: string;
  readonly #hasUserPaths: boolean;

  constructor({ paths, gradebook }: PlatformFamily) {
    const [container = ''] = paths.lineItems.split('?');
    const { collectionPath, atUserPath } = gradebook.results;
    const below = `(/scores)|(${collectionPath})|/results/([^/]+)`;
    this.#pattern = new RegExp(`^${named(container)}(?:${named(gradebook.itemPath)}(?:${below})?)?$`);
    this.#itemPath = gradebook.itemPath;
    this.#hasUserPaths = atUserPath !== 'nothing';
  }

  /** The parts of the path, or undefined when it is not a path of a gradebook. */
  read(path: string): GradebookPath | undefined {
    const [, context, item, scores, results, user] = this.#pattern.exec(path) ?? [];
    if (context === undefined || (user !== undefined && !this.#hasUserPaths)) return undefined;
    try {
      return {
        service: scores !== undefined ? 'scores' : (results ?? user) !== undefined ? 'results' : 'lineitems',
        contextId: decodeURIComponent(context),
        itemId: item === undefined ? undefined : decodeURIComponent(item),
        userId: user === undefined ? undefined : decodeURIComponent(user),
      };
    } catch {
      return undefined;
    }
  }

  lineItemUrl(lineItemsUrl: string, id: string): string {
    return below(lineItemsUrl, this.#itemPath.replace('{item}', id));
  }
}

/** The address with a longer path, before its query. */
export function below(url: string, path: string): string {
  const extended = new URL(url);
  extended.pathname += path;
  return extended.href;
}

function named(template: string): string {
  return template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/, '([^/]+)');
}

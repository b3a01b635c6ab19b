import { membershipMediaType } from '../../src/testing/service-constants.js';

export interface ReadPage {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly members: Record<string, unknown>[];
  readonly ids: string[];
  readonly next: string | undefined;
  readonly differences: string | undefined;
}

/** Reads one page of memberships without checks. `headers` are added to those of a tool, or replace them. */
export async function readPage(
  url: string,
  token: string,
  headers: Record<string, string> = {},
): Promise<ReadPage> {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, accept: membershipMediaType, ...headers },
  });
  const text = await response.text();
  const members = text.includes('"members"')
    ? (JSON.parse(text) as { members: Record<string, unknown>[] }).members
    : [];
  const link = response.headers.get('link') ?? '';
  const linked = (rel: string) => new RegExp(`<([^>]*)>; rel="${rel}"`).exec(link)?.[1];
  return {
    status: response.status,
    headers: response.headers,
    text,
    members,
    ids: members.map((member) => String(member.user_id)),
    next: linked('next'),
    differences: linked('differences'),
  };
}

/** Reads all pages from this one on. */
export async function readPages(url: string, token: string): Promise<{ ids: string[]; pages: ReadPage[] }> {
  const pages: ReadPage[] = [];
  for (let next: string | undefined = url; next !== undefined; next = pages.at(-1)?.next) {
    pages.push(await readPage(next, token));
  }
  return { ids: pages.flatMap(({ ids }) => ids), pages };
}

import { Injectable } from '@nestjs/common';
import { type LaunchSession, UserApiClient, type UserGrantHandle, UserGrantService } from 'nest-lti';

/** What the page shows: the user's courses, or where the user allows the tool to read them. */
export type Reading = { name: string; courses: string[] } | { authorizeUrl: string | undefined };

/** Ids at Canvas can be greater than 2^53. With this type they are texts. */
const headers = { accept: 'application/json+canvas-string-ids' };

/** Reads from Canvas' own API as the launched user. nest-lti stores, refreshes and revokes the user's tokens. */
@Injectable()
export class CanvasCourses {
  constructor(
    private readonly userGrants: UserGrantService,
    private readonly userApi: UserApiClient,
  ) {}

  async read(session: LaunchSession): Promise<Reading> {
    const resolution = await this.userGrants.resolve({ session });
    if (resolution.status === 'authorizationRequired') return { authorizeUrl: resolution.authorizeUrl };
    const { grant } = resolution;
    return { name: await this.name(grant), courses: await this.courses(grant) };
  }

  private async name(grant: UserGrantHandle): Promise<string> {
    const { body } = await this.userApi.get(grant, '/api/v1/users/self/profile', { headers });
    return (JSON.parse(body) as { name: string }).name;
  }

  private async courses(grant: UserGrantHandle): Promise<string[]> {
    const names: string[] = [];
    for await (const { body } of this.userApi.pages(grant, '/api/v1/courses?per_page=100', { headers }))
      names.push(...(JSON.parse(body) as { name: string }[]).map(({ name }) => name));
    return names;
  }
}

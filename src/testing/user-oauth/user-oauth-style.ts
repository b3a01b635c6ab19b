import { type SimulatedUserOAuthClient } from './user-oauth-client.js';

/** The actions at the API, each with its scope. */
export type ApiCall =
  | 'readProfile'
  | 'readCourses'
  | 'readNotes'
  | 'createNote'
  | 'changeNote'
  | 'deleteNote'
  | 'announceFile'
  | 'readFile'
  | 'confirmFile';

/** How one authorization server differs from another. Only data. */
export interface UserOAuthStyle {
  /** Whether each refresh returns a new refresh token and invalidates the old one; else the first one stays valid. */
  readonly rotates: boolean;
  /** Whether a refresh expires the previous access token. */
  readonly refreshEndsAccessToken: boolean;
  /** Whether `replace_tokens=1` ends the user's other tokens of the client. */
  readonly replacesTokens: boolean;
  /** Whether `DELETE` of the token URL revokes. */
  readonly revokesByDelete: boolean;
  readonly answers: 'user' | 'scope';
  readonly tokenPrefix: string;
  readonly realm: string;
  /** The status of a call for which the token lacks the scope. */
  readonly insufficientScopeStatus: 401 | 403;
  readonly insufficientScope: string;
  readonly scopeOf: Readonly<Record<ApiCall, string>>;
}

const styles: Readonly<Record<SimulatedUserOAuthClient['style'], UserOAuthStyle>> = {
  /** Canvas, from its source and docs. */
  canvas: {
    rotates: false,
    refreshEndsAccessToken: true,
    replacesTokens: true,
    revokesByDelete: true,
    answers: 'user',
    tokenPrefix: '1~',
    realm: 'canvas-lms',
    insufficientScopeStatus: 401,
    insufficientScope: 'Insufficient scopes on access token.',
    scopeOf: {
      readProfile: 'url:GET|/api/v1/users/:user_id/profile',
      readCourses: 'url:GET|/api/v1/courses',
      readNotes: 'url:GET|/api/v1/planner_notes',
      createNote: 'url:POST|/api/v1/planner_notes',
      changeNote: 'url:PUT|/api/v1/planner_notes/:id',
      deleteNote: 'url:DELETE|/api/v1/planner_notes/:id',
      announceFile: 'url:POST|/api/v1/users/:user_id/files',
      readFile: 'url:GET|/api/v1/files/:id',
      confirmFile: 'url:GET|/api/v1/files/:id/create_success',
    },
  },
  /** As Brightspace, from its docs. */
  rotating: {
    rotates: true,
    refreshEndsAccessToken: false,
    replacesTokens: false,
    revokesByDelete: false,
    answers: 'scope',
    tokenPrefix: '',
    realm: 'rotating',
    insufficientScopeStatus: 403,
    insufficientScope: 'Insufficient scope to call.',
    scopeOf: {
      readProfile: 'users:own_profile:read',
      readCourses: 'enrollment:own_enrollment:read',
      readNotes: 'notes:own:read',
      createNote: 'notes:own:create',
      changeNote: 'notes:own:update',
      deleteNote: 'notes:own:delete',
      announceFile: 'files:own:create',
      readFile: 'files:own:read',
      confirmFile: 'files:own:create',
    },
  },
};

export function styleOf({ style }: SimulatedUserOAuthClient): UserOAuthStyle {
  return styles[style];
}

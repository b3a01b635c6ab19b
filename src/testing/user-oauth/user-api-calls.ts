import { z } from 'zod';
import { type Fault } from '../faults/fault.schema.js';
import { type Answer, jsonAnswer, mediaType, type PlatformRequest } from '../http/http-exchange.js';
import { exactJsonAnswer } from './exact-json.js';
import { numericId } from './numeric-id.js';
import { type PlannerNote } from './planner-notes.js';
import { apiPage } from './user-api-page.js';
import { fileJson } from './user-files.js';
import { userOAuthPaths } from './user-oauth-paths.js';
import { type UserOAuthState } from './user-oauth-state.js';
import { type ApiCall } from './user-oauth-style.js';
import { UserApiRefused } from './user-oauth.errors.js';

/** A user's quota: the default of Canvas. */
const MOST_BYTES = 52_428_800;
const noteSchema = z.object({ title: z.string().min(1) });
const announcementSchema = z.object({
  name: z.string().min(1),
  size: z.coerce.number().int().min(0).optional(),
  content_type: z.string().default('application/octet-stream'),
});

/** A call to the API. */
export interface AskedCall {
  readonly call: ApiCall;
  /** The id of a note or a file. */
  readonly id: number;
}

/** @throws {UserApiRefused} `unknown_resource`. */
export function askedCall({ method, url }: PlatformRequest): AskedCall {
  const path = url.pathname.slice(userOAuthPaths.api.length);
  const [id] = /(?<=^\/(?:planner_notes|files)\/)\d{1,15}(?=\/|$)/.exec(path) ?? [];
  const call = calls[`${method} ${id === undefined ? path : path.replace(id, ':id')}`];
  if (call === undefined) throw new UserApiRefused('unknown_resource');
  return { call, id: Number(id) };
}

const calls: Readonly<Record<string, ApiCall | undefined>> = {
  'GET /users/self/profile': 'readProfile',
  'GET /courses': 'readCourses',
  'GET /planner_notes': 'readNotes',
  'POST /planner_notes': 'createNote',
  'PUT /planner_notes/:id': 'changeNote',
  'DELETE /planner_notes/:id': 'deleteNote',
  'POST /users/self/files': 'announceFile',
  'GET /files/:id': 'readFile',
  'GET /files/:id/create_success': 'confirmFile',
};

/** Processes a call as the user. @throws {UserApiRefused} */
export function carryOut(
  { call, id }: AskedCall,
  userId: string,
  request: PlatformRequest,
  faults: readonly Fault[],
  { users, notes, files }: UserOAuthState,
): Answer {
  switch (call) {
    case 'readProfile':
      return exactJsonAnswer(200, profileJson(userId, users));
    case 'readCourses':
      return apiPage(users.coursesOf(userId).map(courseJson), request.url, 'bookmark', faults);
    case 'readNotes':
      return apiPage(notes.of(userId).map(noteJson), request.url, 'number', faults);
    case 'createNote':
      return jsonAnswer(201, noteJson(notes.add(userId, readTitle(request))));
    case 'changeNote': {
      const note = known(notes.find(userId, id));
      note.title = readTitle(request);
      return jsonAnswer(200, noteJson(note));
    }
    case 'deleteNote': {
      const note = known(notes.find(userId, id));
      notes.delete(note);
      return jsonAnswer(200, noteJson(note));
    }
    case 'announceFile': {
      const { name, size, content_type: contentType } = readBodyAs(announcementSchema, request);
      if ((size ?? 0) > MOST_BYTES) throw new UserApiRefused('quota_exceeded');
      const file = files.announce({ userId, name, announcedBytes: size, contentType });
      return jsonAnswer(200, {
        upload_url: files.uploadUrl ?? request.url.origin + userOAuthPaths.upload,
        upload_params: { id: file.id, key: file.uploadKey, 'Content-Type': contentType, folder: null },
        file_param: 'file',
      });
    }
    case 'readFile':
      return jsonAnswer(200, fileJson(known(files.of(userId).find((file) => file.id === id))));
    case 'confirmFile': {
      const file = known(files.find(id));
      const isOwn = file.userId === userId && file.uploadKey === request.url.searchParams.get('uuid');
      if (!isOwn || file.content === undefined) throw new UserApiRefused('unknown_resource');
      file.isConfirmed = true;
      return jsonAnswer(200, fileJson(file));
    }
  }
}

function profileJson(userId: string, users: UserOAuthState['users']) {
  const { id, name, effective_locale } = users.json(userId);
  const member = users.find(userId);
  return {
    id,
    name,
    short_name: member?.givenName ?? name,
    login_id: member?.username,
    primary_email: member?.email,
    lti_user_id: userId,
    effective_locale,
  };
}

function courseJson({ contextId, title }: { readonly contextId: string; readonly title: string }) {
  return { id: numericId(contextId), name: title, course_code: contextId, workflow_state: 'available' };
}

function noteJson({ id, userId, title }: PlannerNote) {
  return { id, title, user_id: numericId(userId), workflow_state: 'active' };
}

function known<T>(found: T | undefined): T {
  if (found === undefined) throw new UserApiRefused('unknown_resource');
  return found;
}

function readTitle(request: PlatformRequest): string {
  return readBodyAs(noteSchema, request).title;
}

function readBodyAs<T>(schema: z.ZodType<T>, { headers, body }: PlatformRequest): T {
  const parsed = schema.safeParse(
    mediaType(headers['content-type']) === 'application/json'
      ? readJson(body)
      : Object.fromEntries(new URLSearchParams(body)),
  );
  if (!parsed.success) throw new UserApiRefused('bad_body');
  return parsed.data;
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new UserApiRefused('bad_body');
  }
}

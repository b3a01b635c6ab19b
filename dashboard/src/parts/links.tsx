import { useEffect, useState } from 'preact/hooks';
import { type CourseView } from '../../../src/courses/course.schema.js';
import { type RegistrationView } from '../../../src/registrations/registration.schema.js';
import { call } from '../api.js';
import { pageAt } from '../paths.js';

/** The most ids of one request. */
const MAX_IDS = 100;

const titles = new Map<string, Promise<string | undefined>>();
let waiting = new Map<string, (title: string | undefined) => void>();
let registrations: Promise<Map<string, string>> | undefined;
/** Registrations beyond the first page, by their ids. */
const names = new Map<string, Promise<string | undefined>>();

/** The title of a course. All courses that are asked for at once are one request. */
function titleOf(id: string): Promise<string | undefined> {
  const known = titles.get(id);
  if (known !== undefined) return known;
  if (waiting.size === 0) setTimeout(() => void readTitles(), 0);
  const title = new Promise<string | undefined>((resolve) => waiting.set(id, resolve));
  titles.set(id, title);
  return title;
}

async function readTitles(): Promise<void> {
  const asked = [...waiting];
  waiting = new Map();
  for (let first = 0; first < asked.length; first += MAX_IDS) {
    const batch = asked.slice(first, first + MAX_IDS);
    const path = `courses?limit=${MAX_IDS}&ids=${batch.map(([id]) => id).join(',')}`;
    const { items } = await call<{ items: CourseView[] }>('GET', path).catch(() => ({ items: [] }));
    const found = new Map(items.map(({ id, title, contextId }) => [id, title ?? contextId]));
    for (const [id, resolve] of batch) {
      // A course that could not be read is asked for again, where it is next shown.
      if (!found.has(id)) titles.delete(id);
      resolve(found.get(id));
    }
  }
}

async function registrationNameOf(id: string): Promise<string | undefined> {
  registrations ??= call<{ items: RegistrationView[] }>('GET', 'registrations?limit=500').then(
    ({ items }) => new Map(items.map((one) => [one.id, one.name])),
    () => {
      registrations = undefined;
      return new Map<string, string>();
    },
  );
  return (await registrations).get(id) ?? nameAlone(id);
}

/** One that is not on the first page of the list is read by itself. */
function nameAlone(id: string): Promise<string | undefined> {
  const known = names.get(id);
  if (known !== undefined) return known;
  const name = call<RegistrationView>('GET', `registrations/${encodeURIComponent(id)}`).then(
    (one) => one.name,
    () => {
      // A deleted one has no name. After another failure it is asked for again, where it is next shown.
      names.delete(id);
      return undefined;
    },
  );
  names.set(id, name);
  return name;
}

function useText(id: string, read: (id: string) => Promise<string | undefined>): string | undefined {
  const [text, setText] = useState<string>();
  useEffect(() => {
    let isGone = false;
    void read(id).then((found) => {
      if (!isGone) setText(found);
    });
    return () => {
      isGone = true;
    };
  }, [id]);
  return text;
}

/** A link to a course, by its title. */
export function CourseLink({ id }: { id: string }) {
  return <a href={pageAt('courses', id)}>{useText(id, titleOf) ?? 'A course'}</a>;
}

export function RegistrationName({ id }: { id: string }) {
  return <>{useText(id, registrationNameOf) ?? 'A registration'}</>;
}

/** A link to a registration, by its name. */
export function RegistrationLink({ id }: { id: string }) {
  return (
    <a href={pageAt('registrations', id)}>
      <RegistrationName id={id} />
    </a>
  );
}

/** A link to a course, and below it to its registration where a list has those of several. */
export function CourseOf({
  courseId,
  registrationId,
  isNamed,
}: {
  courseId: string;
  registrationId: string;
  isNamed: boolean;
}) {
  return (
    <>
      <CourseLink id={courseId} />
      {isNamed && (
        <p class="fine">
          <RegistrationLink id={registrationId} />
        </p>
      )}
    </>
  );
}

interface UserLinkProps {
  registrationId: string;
  userId: string;
  userName?: string | null;
}

/** A link to what is stored about a user, by the name, and the id that the platform gives. */
export function UserLink({ registrationId, userId, userName }: UserLinkProps) {
  const isNamed = userName !== undefined && userName !== null;
  return (
    <>
      <a class="long" href={pageAt('registrations', registrationId, 'users', userId)}>
        {isNamed ? userName : userId}
      </a>
      {isNamed && <p class="fine long">{userId}</p>}
    </>
  );
}

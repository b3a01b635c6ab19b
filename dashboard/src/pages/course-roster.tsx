import { useLocation } from 'preact-iso';
import { type MemberView } from '../../../src/courses/course.schema.js';
import { withQuery } from '../paths.js';
import { usePages } from '../use-pages.js';
import { Choice } from '../parts/field.js';
import { UserLink } from '../parts/links.js';
import { List } from '../parts/list.js';
import { Section } from '../parts/section.js';

const roles = {
  '': 'All roles',
  Learner: 'Learners',
  Instructor: 'Instructors',
  TeachingAssistant: 'Assistants',
} as const;
type Role = keyof typeof roles;

const states = { '': 'Active and inactive', Active: 'Active', Inactive: 'Inactive' } as const;
type Status = keyof typeof states;

/** `http://purl.imsglobal.org/vocab/lis/v2/membership#Learner` as `Learner`. */
function shortRole(role: string): string {
  return role.slice(role.lastIndexOf('#') + 1);
}

/** The members of a course as of its last sync. */
export function CourseRoster({ id, registrationId }: { id: string; registrationId: string }) {
  const { query, path, route } = useLocation();
  const role = (Object.hasOwn(roles, query.role ?? '') ? (query.role ?? '') : '') as Role;
  const status = (Object.hasOwn(states, query.member ?? '') ? (query.member ?? '') : '') as Status;
  const pages = usePages<MemberView>(`courses/${id}/members`, { role, status });
  const filter = (changed: Readonly<Record<string, string>>): void =>
    route(withQuery(path, { ...query, ...changed }), true);
  return (
    <Section title="Roster">
      <div class="search">
        <Choice
          label="Role"
          name="role"
          value={role}
          options={roles}
          onValue={(one) => filter({ role: one })}
        />
        <Choice
          label="Status"
          name="member"
          value={status}
          options={states}
          onValue={(one) => filter({ member: one })}
        />
      </div>
      <List
        name="Members"
        pages={pages}
        keyOf={({ userId }) => userId}
        columns={[
          { label: 'Name', cell: ({ name, userId }) => name ?? <span class="fine">{userId}</span> },
          { label: 'Email', cell: ({ email }) => email ?? <span class="fine">not given</span> },
          { label: 'Roles', cell: (member) => member.roles.map(shortRole).join(', ') },
          { label: 'Status', cell: ({ status }) => status },
          { label: 'User id', cell: ({ userId }) => <UserLink {...{ registrationId, userId }} /> },
        ]}
        empty={<p>No such member is stored. The next sync reads the roster from the platform.</p>}
      />
    </Section>
  );
}

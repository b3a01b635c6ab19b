import { useState } from 'preact/hooks';
import { type MemberView } from '../../../src/courses/course.schema.js';
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

/** `http://purl.imsglobal.org/vocab/lis/v2/membership#Learner` as `Learner`. */
function shortRole(role: string): string {
  return role.slice(role.lastIndexOf('#') + 1);
}

/** The members of a course as of its last sync. */
export function CourseRoster({ id, registrationId }: { id: string; registrationId: string }) {
  const [role, setRole] = useState<Role>('');
  const pages = usePages<MemberView>(`courses/${id}/members`, { role });
  return (
    <Section title="Roster">
      <Choice label="Role" name="role" value={role} options={roles} onValue={setRole} />
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
        empty={<p>No member with this role is stored. The next sync reads the roster from the platform.</p>}
      />
    </Section>
  );
}

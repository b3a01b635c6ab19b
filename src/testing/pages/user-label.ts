/** The name and the id of a user for a page, or only the id if the platform does not share the name. */
export function userLabel({ userId, name }: { userId: string; name?: string | undefined }): string {
  return name === undefined ? userId : `${name} (${userId})`;
}

/** The last part of a role's URI, such as `Learner`. */
export function shortRole(role: string): string {
  return role.slice(role.lastIndexOf('#') + 1);
}

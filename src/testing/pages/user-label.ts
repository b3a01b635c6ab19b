/** A user as people find one on a page: the name beside the id, or the id where the platform does not share the name. */
export function userLabel({ userId, name }: { userId: string; name?: string | undefined }): string {
  return name === undefined ? userId : `${name} (${userId})`;
}

/** The pages of the platform. No product has such paths. */
export const platformPaths = {
  home: '/',
  course: '/_course',
  gradebook: '/_gradebook',
  copy: '/_copy',
  faults: '/_faults',
  register: '/_register',
  requests: '/_requests',
} as const;

/** The page of a course: the course itself, its gradebook, or its copy. */
export function coursePath(
  page: 'course' | 'gradebook' | 'copy',
  contextId: string,
  more: Readonly<Record<string, string>> = {},
): string {
  return `${platformPaths[page]}?${new URLSearchParams({ context_id: contextId, ...more }).toString()}`;
}

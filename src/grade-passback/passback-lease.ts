/** The name of the lease under which the scores of a registration are sent and their rows moved: one process at a time. */
export function passbackLease(registrationId: string): string {
  return `grade-passback ${registrationId}`;
}

/** A notice that the platform signed, and that was accepted once. */
export interface ReceivedNotice {
  registrationId: string;
  deploymentId: string;
  /** The id that the platform gave. */
  id: string;
  /** Such as `LtiAssetProcessorSubmissionNotice`. */
  type: string;
  receivedAt: Date;
  /** All signed claims. */
  claims: Record<string, unknown>;
}

/**
 * The tool's own work on notices whose type nest-lti does not handle itself. It runs in a job, after the platform got its answer. If
 * it throws, or its process dies, it is called again, so it must do no harm twice.
 *
 * @example
 * class SubmissionNotices implements NoticeHandler {
 *   async handle({ type, claims }: ReceivedNotice): Promise<void> {
 *     if (type === 'LtiAssetProcessorSubmissionNotice') await this.reports.request(claims);
 *   }
 * }
 */
export interface NoticeHandler {
  handle(notice: ReceivedNotice): void | Promise<void>;
}
export const NoticeHandler = Symbol('NoticeHandler');

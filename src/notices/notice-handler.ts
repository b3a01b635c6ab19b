/** A notice that the platform signed, and that was accepted once. */
export interface ReceivedNotice {
  /** The registration whose platform sent it. */
  registrationId: string;
  /** The platform's `deployment_id`. */
  deploymentId: string;
  /** The id that the platform gave. */
  id: string;
  /** Such as `LtiAssetProcessorSubmissionNotice`. */
  type: string;
  /** When its request arrived, by the clock of this tool. */
  receivedAt: Date;
  /** All signed claims. */
  claims: Record<string, unknown>;
}

/**
 * The tool's own work on notices whose type nest-lti does not handle itself. It runs in a job, after the platform got its answer. If
 * it throws, takes longer than 5 minutes, or its process dies, it is called again, so it must do no harm twice. After 30 tries (about a
 * day) the notice is given up.
 *
 * @example
 * class SubmissionNotices implements NoticeHandler {
 *   async handle({ type, claims }: ReceivedNotice): Promise<void> {
 *     if (type === 'LtiAssetProcessorSubmissionNotice') await requestReport(claims);
 *   }
 * }
 */
export interface NoticeHandler {
  /** Called at least once for each notice. */
  handle(notice: ReceivedNotice): void | Promise<void>;
}
/** The injection token of the `NoticeHandler` that was given to `LtiModule`. */
export const NoticeHandler = Symbol('NoticeHandler');

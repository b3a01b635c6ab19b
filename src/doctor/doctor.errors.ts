import { ConfigurationInvalid } from '../common/reactions.errors.js';

export const doctorErrors = {
  /** Some checks have failed; the page before has named them. */
  failed: (count: number) =>
    new ConfigurationInvalid({
      code: 'doctor_failed',
      message: `${count} of the checks failed. The findings on standard output say what to do about each.`,
    }),
};

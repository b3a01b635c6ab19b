/** A token request that failed, as it is remembered: plain data, so that any store can keep it. */
export interface RenewalFailure {
  /** `refused`: the platform said no. `scope`: no to these scopes. `failed`: no usable answer came. */
  kind: 'refused' | 'scope' | 'failed';
  /** What the operator is told. */
  message: string;
  /** The platform's `error`, if it gave one. */
  platformError?: string;
  /** No request before this moment. */
  retryAt: Date;
  /** How many in a row, this one included. */
  attempts: number;
}

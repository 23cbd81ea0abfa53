/** A broker cannot be installed or started; `fix` says what the user can do. */
export class BrokerError extends Error {
  readonly fix: string;
  constructor(what: string, fix: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause });
    this.name = 'BrokerError';
    this.fix = fix;
  }
}

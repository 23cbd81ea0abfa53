/**
 * A process cannot start, or a command cannot run, for a reason its user can mend. Shown as
 * `✗ what` and `  → fix`, without a stack trace; the process then exits 2.
 */
export class StartupError extends Error {
  readonly fix: string;

  constructor(what: string, fix: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause });
    this.name = 'StartupError';
    this.fix = fix;
  }
}

/** The lines a person sees, for instance on standard error. */
export const describeStartupError = (error: StartupError): string => `✗ ${error.message}\n  → ${error.fix}`;

import { describeStartupError, StartupError } from './startup-error.ts';

/** Something that runs until it is closed. */
export interface Running {
  /** Stops taking work, finishes what was begun, and lets go of every resource. */
  close(): Promise<void>;
}

const DRAIN_DEADLINE_MS = 4_000;

/** `message` of whatever was thrown, on one line; of an error without one what else there is: its first error's, its code or its name. */
export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error).split('\n')[0] ?? '';
  const [line] = error.message.split('\n');
  if (line) return line;
  // Node gives none to a connection that is refused at each of several addresses.
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return (error as NodeJS.ErrnoException).code ?? error.name;
};

/**
 * Runs a process from start to drain: SIGTERM, SIGINT and the death of the parent that holds our IPC channel close
 * it within 4 s and exit 0; a StartupError is two clear lines and exit 2; anything unforeseen is one line and exit 1.
 */
export const runProcess = async (name: string, start: () => Promise<Running>): Promise<void> => {
  const fail = (error: unknown): never => {
    if (error instanceof StartupError) {
      process.stderr.write(`${describeStartupError(error)}\n`);
      process.exit(2);
    }
    process.stderr.write(`✗ ${name} stopped: ${messageOf(error)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);

  let running: Running | undefined;
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    // Nothing was promised to anybody yet.
    if (running === undefined) process.exit(0);
    setTimeout(() => {
      process.stderr.write(`✗ ${name} did not drain within ${DRAIN_DEADLINE_MS} ms\n`);
      process.exit(1);
    }, DRAIN_DEADLINE_MS).unref();
    running.close().then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);

  running = await start().catch(fail);
};

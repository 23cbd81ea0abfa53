import { type Logger, pino } from 'pino';

export type { Logger };

/**
 * A JSON logger on standard output, one line an event (https://getpino.io). Authorization headers are redacted
 * wherever they stand in a logged request.
 */
export const createLogger = (name: string, level: string): Logger =>
  pino({
    level,
    base: { service: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['req.headers.authorization', 'headers.authorization'],
    formatters: { level: (label) => ({ level: label }) },
  });

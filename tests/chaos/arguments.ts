import { parseArgs } from 'node:util';

export const SCENARIOS = ['kills', 'postgres', 'amqp', 'kafka', 'spike', 'planted'] as const;
export type Scenario = (typeof SCENARIOS)[number];

export const USAGE = `chaos:orders — kills what takes and tells of orders, under load, and counts what was lost

Usage
  npm run chaos:orders                    everything, about 15 minutes
  npm run chaos:orders -- --scenario X    one of:
      kills       kill -9 of the order service and of a consumer, 100 times
      postgres    kill -9 of PostgreSQL with all its processes, 20 times
      amqp        RabbitMQ away for 60 s
      kafka       Kafka away for 60 s
      spike       ten times the steady rate for 30 s
      planted     bugs planted in a copy of the sources: each must make its run red

Options
  --short         fewer kills and shorter absences; without --scenario kills and postgres alone, within 90 s
  --seed N        choose the same moments again
  --help          this text

Every broker is one of the run's own, on ports of its own; PORT_OFFSET=N moves them. A broker that is not installed is named
in the table, and with CI=true or --scenario an error.

Exit codes: 0 all figures as they should be, 1 not, 2 usage.
`;

/** The command line does not make sense. */
export class UsageError extends Error {}

export interface Arguments {
  scenarios: readonly Scenario[];
  /** True when one was asked for by name. */
  isChosen: boolean;
  isShort: boolean;
  seed: number;
  isHelpAsked: boolean;
}

const SHORT: readonly Scenario[] = ['kills', 'postgres'];
const MOST_SEED = 2 ** 31;

const parse = (args: readonly string[]) => {
  try {
    const options = { scenario: { type: 'string' }, seed: { type: 'string' }, short: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

const readSeed = (text: string | undefined): number => {
  const seed = text === undefined ? Math.floor(Math.random() * MOST_SEED) : Number(text);
  if (!Number.isInteger(seed)) throw new UsageError(`--seed takes a whole number, not '${text}'`);
  return seed;
};

/** @throws UsageError */
export const readArguments = (args: readonly string[]): Arguments => {
  const { scenario, seed, short = false, help = false } = parse(args);
  const chosen = SCENARIOS.find((known) => known === scenario);
  if (scenario !== undefined && chosen === undefined) throw new UsageError(`there is no scenario '${scenario}'; known: ${SCENARIOS.join(', ')}`);
  return {
    scenarios: chosen === undefined ? (short ? SHORT : SCENARIOS) : [chosen],
    isChosen: chosen !== undefined,
    isShort: short,
    seed: readSeed(seed),
    isHelpAsked: help,
  };
};

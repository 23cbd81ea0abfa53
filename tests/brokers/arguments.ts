import { parseArgs } from 'node:util';
import { BrokerError } from './broker-error.ts';
import type { BrokerName } from './broker-kind.ts';
import { BROKER_NAMES } from './brokers.ts';

export const USAGE = `brokers — real message brokers for the tests, on 127.0.0.1

Usage
  npm run brokers                         install what is missing, start all, run until Ctrl-C
  node tests/brokers/main.ts start        the same, but return when they answer: they run in the background
  node tests/brokers/main.ts stop         stop them
  node tests/brokers/main.ts kill         the same with SIGKILL
  node tests/brokers/main.ts status       what runs; exit 1 when one does not answer

Options
  --only LIST     some of: ${BROKER_NAMES.join(',')}
  --help          this text

Standard output is for the shell:  eval "$(node tests/brokers/main.ts start)"  sets TEST_AMQP_URL, TEST_REDIS_URL, TEST_KAFKA_URL
and TEST_SQS_URL. With CI=true a broker that cannot be installed or started fails the command; otherwise the others start.
PORT_OFFSET=N moves every port. Data and logs: .data/brokers.

Exit codes: 0 fine, 1 findings, 2 usage, or a broker that is not to be had.
`;

const COMMANDS = ['run', 'start', 'stop', 'kill', 'status'] as const;
type Command = (typeof COMMANDS)[number];

export interface Arguments {
  command: Command;
  names: readonly BrokerName[];
  isHelpAsked: boolean;
}

const SEE_HELP = 'see node tests/brokers/main.ts --help';
const isBrokerName = (name: string): name is BrokerName => BROKER_NAMES.some((known) => known === name);

const readNames = (list: string): BrokerName[] =>
  list.split(',').map((entry) => {
    const name = entry.trim();
    if (!isBrokerName(name)) throw new BrokerError(`there is no broker '${name}'`, `--only takes some of ${BROKER_NAMES.join(',')}`);
    return name;
  });

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { only: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    throw new BrokerError((error as Error).message, SEE_HELP, error);
  }
};

/** @throws BrokerError when an option, a command or a broker is unknown. */
export const readArguments = (args: readonly string[]): Arguments => {
  const { values, positionals } = parse(args);
  const [word = 'run', ...rest] = positionals;
  const command = COMMANDS.find((known) => known === word);
  if (command === undefined || rest.length > 0) throw new BrokerError(`there is no command '${positionals.join(' ')}'`, SEE_HELP);
  return { command, names: values.only === undefined ? BROKER_NAMES : readNames(values.only), isHelpAsked: values.help ?? false };
};

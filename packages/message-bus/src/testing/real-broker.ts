import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, test } from 'vitest';
import type { Capabilities } from '../message-bus.ts';
import { describeListening, type ListeningTraits } from './listening.contract.ts';
import { type BrokerUnderTest, describeBus } from './message-bus.contract.ts';

/** A broker as `npm run brokers` knows it. */
export interface RealBroker {
  name: 'rabbitmq' | 'redis' | 'kafka' | 'sqs';
  /** Names the variable with its URL. */
  variable: string;
}

// biome-ignore lint/style/noProcessEnv: only tests come here
const env = process.env;
const MAIN = fileURLToPath(new URL('../../../../tests/brokers/main.ts', import.meta.url));

const status = (name: string): string =>
  execFileSync(process.execPath, [MAIN, 'status', '--only', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** True when the broker at `url` is the one that `npm run brokers` started here, so that a test may stop it. */
const isOurs = (name: string, url: string): boolean => {
  try {
    return status(name).split(/\s+/).includes(url);
  } catch {
    return false;
  }
};

/** Where a test run's broker is, and how to stop it if it is ours to stop. Nothing when no variable tells. */
export const findBroker = ({ name, variable }: RealBroker): Omit<BrokerUnderTest, 'capabilities'> | undefined => {
  const url = env[variable];
  if (url === undefined || url === '') return undefined;
  // Not synchronous: the bus under test goes on meanwhile.
  const run = promisify(execFile);
  const stop = async (): Promise<void> => void (await run(process.execPath, [MAIN, 'stop', '--only', name]));
  const start = async (): Promise<void> => void (await run(process.execPath, [MAIN, 'start', '--only', name]));
  return isOurs(name, url) ? { url, stop, start } : { url };
};

/** What is said, or with CI=true fails, in place of the tests that need a broker. */
export const describeUntested = (title: string, { variable }: RealBroker): void => {
  const isDemanded = env['CI'] === 'true';
  const what = `NOT TESTED: ${title}; npm run brokers starts it and prints ${variable}`;
  if (!isDemanded) process.stderr.write(`${what}\n`);
  describe(title, () => {
    test.skipIf(!isDemanded)(what, () => {
      throw new Error(what);
    });
  });
};

/** The contract suite of a bus against a real broker. `scheme` is that of the bus, where it is not the broker's. */
export const describeBusOn = (title: string, broker: RealBroker, capabilities: Capabilities, scheme?: string): void => {
  const found = findBroker(broker);
  if (found === undefined) describeUntested(`the message bus on ${title}`, broker);
  else {
    const url = scheme === undefined ? found.url : found.url.replace(/^[^:]+/, scheme);
    describeBus(title, () => ({ ...found, url, capabilities }), capabilities);
  }
};

/** The suite of listening against a real broker. */
export const describeListeningOn = (title: string, broker: RealBroker, { scheme, ...traits }: ListeningTraits & { scheme?: string } = {}): void => {
  const found = findBroker(broker);
  if (found === undefined) describeUntested(`listening to the message bus on ${title}`, broker);
  else {
    const url = scheme === undefined ? found.url : found.url.replace(/^[^:]+/, scheme);
    describeListening(title, () => ({ ...found, url }), traits);
  }
};

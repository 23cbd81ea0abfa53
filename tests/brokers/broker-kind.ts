import type { Command } from './broker-process.ts';

export type BrokerName = 'rabbitmq' | 'redis' | 'kafka' | 'sqs';

/** What is particular to one broker. `offset` moves every port. */
export interface BrokerKind {
  name: BrokerName;
  /** With its pinned version, for a person. */
  title: string;
  /** The environment variable in which tests look for its URL. */
  variable: string;
  /** True when acknowledged messages are there again after stop and start, and after kill and start. */
  keepsData: boolean;
  ports: readonly number[];
  url(offset: number): string;
  /** Debian packages to install, as apt-get takes them. */
  missingPackages(): readonly string[];
  /** Brings what does not come from Debian. */
  fetch(): Promise<void>;
  isInstalled(): boolean;
  /** Writes its configuration into `folder`. @returns its processes in the order in which they start. */
  prepare(folder: string, offset: number): Promise<readonly Command[]>;
  isAnswering(offset: number): Promise<boolean>;
}

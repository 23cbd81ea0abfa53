import { styleText } from 'node:util';
import { StartupError } from '@supergraph/service/startup-error';
import { type CommandArguments, type Environment, textOption } from '../command.ts';
import { findConfig } from '../find-config.ts';
import { readTopology } from '../topology.ts';
import { examineInstallation } from './examine-installation.ts';
import { examineKeys } from './examine-keys.ts';
import { examineBrokers, examineDatabases, examineDisk, examinePorts, examineTelemetry } from './examine-surroundings.ts';
import type { Finding } from './finding.ts';

export const usage = `Usage
  supergraph doctor [--format text|json]

Looks at what most often stands in the way, with the settings of the environment, and says what to do about each: versions of node, npm
and what is installed, one version of @apollo/* and one copy of graphql, ports and who holds them, database, broker and Redis, the strength of
keys, disk, telemetry. Nothing is changed, and no secret is shown.

Options
  --format text|json   json: one array of { status: good|note|bad, subject, what, fix }

Exit code 1 when something is bad; a note is only for you to know.
`;

export const options = { format: { type: 'string' } } as const;

const MARKS = { good: ['green', '✓'], note: ['yellow', '!'], bad: ['red', '✗'] } as const;

const print = ({ status, subject, what, fix }: Finding): string => {
  const [color, mark] = MARKS[status];
  return `${styleText(color, mark)} ${subject.padEnd(11)}${what}\n${fix === undefined ? '' : `  ${' '.repeat(11)}→ ${fix}\n`}`;
};

/** Examines machine and checkout. */
export const runDoctor = async (args: CommandArguments, environment: Environment): Promise<number> => {
  const format = textOption(args, 'format') ?? 'text';
  if (format !== 'text' && format !== 'json') throw new StartupError(`there is no format '${format}'`, 'expected --format text or --format json');
  const topology = readTopology(findConfig(args, environment));
  const patient = { root: topology.root, env: environment.env };
  const parts = await Promise.all([
    examineInstallation(patient),
    examinePorts(topology, patient),
    examineDatabases(patient),
    examineBrokers(patient),
    examineKeys(patient),
    examineDisk(patient),
    examineTelemetry(patient),
  ]);
  const findings = parts.flat();
  environment.write(format === 'json' ? `${JSON.stringify(findings, undefined, 2)}\n` : findings.map(print).join(''));
  return findings.some(({ status }) => status === 'bad') ? 1 : 0;
};

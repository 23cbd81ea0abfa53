import { appendFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { type Command, type CommandArguments, type Environment, isSet, textOption, textOptions } from '../command.ts';
import { findConfig } from '../find-config.ts';
import { type CheckReport, count } from './finding.ts';
import { describeHead, type Revision, readRevision } from './git-revision.ts';

export const usage = `Usage
  supergraph check                       what the work tree changes for clients, compared with where it left origin/main (or main)
  supergraph check --base REV            compared with where it left a branch, tag or commit
  supergraph check --update-budgets      write supergraph.budgets.yaml: what client operations cost from now on

Composes both sides, compares the API schema of the graph and of every contract, judges each change by rule and by the operations of the
repository and of released manifests, lints what is new, and compares fetch plans with their budgets. The base is read from git;
the work tree is not touched. What may pass although it is an error stands in supergraph.allow.yaml. All of it: docs/check.md.

Options
  --base REV                 a branch, tag or commit
  --format FORMAT            pretty (default), json, github, markdown, junit or sarif
  --output FILE              write the report there instead of printing it
  --fail-on WHAT             breaking (default): every change that breaks by rule; operations: only one that breaks a known operation; never
  --lint WHAT                new (default): what the base does not have; all
  --usage PATH               operations that routers have seen: a file of JSON lines, or a folder of .jsonl files; may be given several
                             times (usage.folder of router/router.yaml makes a router write one)
  --update-budgets           write supergraph.budgets.yaml and check nothing
  --verbose, -v              pretty: also safe changes and hints

Examples
  supergraph check --base origin/main
  supergraph check --base v1.4.0 --usage .data/usage --fail-on operations
`;

export const options: Command['options'] = {
  base: { type: 'string' },
  format: { type: 'string' },
  output: { type: 'string' },
  'fail-on': { type: 'string' },
  lint: { type: 'string' },
  usage: { type: 'string', multiple: true },
  'update-budgets': { type: 'boolean' },
  verbose: { type: 'boolean', short: 'v' },
};

type Print = (report: CheckReport, args: CommandArguments) => string;

/** Loaded when asked for. */
const FORMATS = {
  pretty: async (): Promise<Print> => {
    const { printPretty } = await import('./report/print-pretty.ts');
    return (report, args) => printPretty(report, isSet(args, 'verbose'));
  },
  json: async (): Promise<Print> => (await import('./report/print-json.ts')).printJson,
  github: async (): Promise<Print> => (await import('./report/print-github.ts')).printGithub,
  markdown: async (): Promise<Print> => (await import('./report/print-markdown.ts')).printMarkdown,
  junit: async (): Promise<Print> => (await import('./report/print-junit.ts')).printJunit,
  sarif: async (): Promise<Print> => (await import('./report/print-sarif.ts')).printSarif,
} as const;

const choice = <Choice extends string>(args: CommandArguments, option: string, choices: readonly Choice[]): Choice => {
  const value = textOption(args, option);
  const found = value === undefined ? choices[0] : choices.find((one) => one === value);
  if (found === undefined) throw new StartupError(`--${option} ${value} is not known`, `expected ${choices.join(', ')}`);
  return found;
};

const updateBudgets = async (config: string, environment: Environment): Promise<number> => {
  const { readSide } = await import('./side.ts');
  const { measureOperations, writeBudgets } = await import('./budgets.ts');
  const { supergraphSdl, operations, topology } = readSide(config);
  if (supergraphSdl === undefined) throw new StartupError('the subgraphs do not compose', 'see supergraph compose');
  environment.write(`✓ written: ${writeBudgets(topology.root, measureOperations(supergraphSdl, operations))}\n`);
  return 0;
};

const readOptions = async (args: CommandArguments, environment: Environment) => {
  const usage = textOptions(args, 'usage').map((shown) => ({ shown, path: resolve(environment.cwd, shown) }));
  const { withUsage } = await import('./usage-file.ts');
  return {
    failOn: choice(args, 'fail-on', ['breaking', 'operations', 'never']),
    lint: choice(args, 'lint', ['new', 'all']),
    today: new Date().toISOString().slice(0, 10),
    withUsage: (operations: Parameters<typeof withUsage>[0]) => withUsage(operations, usage),
  };
};

const compare = async (
  config: string,
  revision: Revision,
  args: CommandArguments,
  environment: Environment,
  started: number,
): Promise<CheckReport> => {
  const { readSide } = await import('./side.ts');
  const { checkSides } = await import('./check-sides.ts');
  const base = readSide(join(revision.folder, 'supergraph.yaml'));
  const head = readSide(config, base);
  const { findings, operations, oldLint } = await checkSides(base, head, revision.commit, await readOptions(args, environment));
  const subgraphs = head.topology.subgraphs.map(({ name }) => name);
  const { name, commit } = revision;
  const { user, system } = process.cpuUsage();
  return {
    base: { name, commit },
    head: describeHead(head.topology.root),
    subgraphs,
    operations,
    findings,
    oldLint,
    durationMs: performance.now() - started,
    cpuMs: (user + system) / 1000,
  };
};

const deliver = async (report: CheckReport, format: keyof typeof FORMATS, args: CommandArguments, environment: Environment): Promise<void> => {
  const text = (await FORMATS[format]())(report, args);
  const file = textOption(args, 'output');
  if (file === undefined) environment.write(text);
  else writeFileSync(resolve(environment.cwd, file), text);
  const summary = environment.env['GITHUB_STEP_SUMMARY'];
  if (format !== 'github' || !summary) return;
  const { printMarkdown } = await import('./report/print-markdown.ts');
  appendFileSync(summary, printMarkdown(report));
};

/** @returns 0 when nothing is an error, 1 when something is. */
export const runCheck = async (args: CommandArguments, environment: Environment): Promise<number> => {
  const started = performance.now();
  const config = findConfig(args, environment);
  if (isSet(args, 'update-budgets')) return updateBudgets(config, environment);
  const format = choice(args, 'format', Object.keys(FORMATS) as (keyof typeof FORMATS)[]);
  const revision = readRevision(join(config, '..'), textOption(args, 'base'));
  try {
    const report = await compare(config, revision, args, environment, started);
    await deliver(report, format, args, environment);
    return count(report.findings, 'error') > 0 ? 1 : 0;
  } finally {
    revision.remove();
  }
};

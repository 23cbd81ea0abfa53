import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { prettyFormatQueryPlan } from '@apollo/query-planner';
import { StartupError } from '@supergraph/service/startup-error';
import {
  buildSchema,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  Source,
  validate,
} from 'graphql';
import { type CommandArguments, type Environment, textOption } from '../command.ts';
import { composeSupergraph, describeProblems } from '../compose.ts';
import { composeContracts, readContracts } from '../contracts.ts';
import { findConfig } from '../find-config.ts';
import { nearestName } from '../nearest-name.ts';
import { readTopology, type Topology } from '../topology.ts';
import { withDeferDirective } from '../with-defer-directive.ts';
import { drawPlan } from './draw-plan.ts';
import { createOperationPlanner, measurePlan, type OperationPlanner } from './plan-operation.ts';

export const usage = `Usage
  supergraph plan FILE|- [--operation NAME] [--contract NAME] [--format text|json|mermaid]

Composes the subgraphs as they are and plans every operation of a .graphql file, or of standard input, as the router would: which subgraph
is asked what, and what waits for what. Nothing is executed; what an operation defers is planned with the rest.

  fetches        calls of subgraphs in all
  depth          the most calls that wait for each other: what a client waits for
  entity calls   calls that complete entities of another subgraph (_entities), one for all references at a place

Options
  --operation NAME   only this operation of the file
  --contract NAME    check the operation against this contract, as /NAME/graphql does
  --format FORMAT    text; json: one array; mermaid: flow charts for Markdown

Examples
  supergraph plan tests/scenarios/orders/orders.graphql
  echo '{ categories { name } }' | supergraph plan - --format mermaid
`;

export const options = {
  operation: { type: 'string' },
  contract: { type: 'string' },
  format: { type: 'string' },
} as const;

const FORMATS = ['text', 'json', 'mermaid'];

const readDocument = (file: string, { cwd }: Environment): DocumentNode => {
  const shown = file === '-' ? 'standard input' : relative(cwd, resolve(cwd, file));
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new StartupError(`${shown} cannot be read: ${(error as Error).message}`, 'name a .graphql file with an operation', error);
  }
  try {
    return parse(new Source(text, shown));
  } catch (error) {
    throw new StartupError(describeErrors([error as GraphQLError]), 'correct the operation', error);
  }
};

const describeErrors = (errors: readonly GraphQLError[]): string =>
  errors
    .map(({ message, source, locations }) => {
      const [{ line, column } = { line: 1, column: 1 }] = locations ?? [];
      return `${source?.name ?? 'the operation'}:${line}:${column}: ${message}`;
    })
    .join('\n  ');

const contractSchema = (topology: Topology, sdl: string, name: string): GraphQLSchema => {
  const contracts = readContracts(topology);
  const filter = contracts[name];
  if (filter === undefined)
    throw new StartupError(
      `there is no contract '${name}'`,
      `expected one of ${Object.keys(contracts).join(', ') || 'none: router.yaml names no contract'}`,
    );
  const contractSdl = composeContracts(sdl, { [name]: filter }).sdls.get(name);
  if (contractSdl === undefined) throw new StartupError(`contract '${name}' leaves no valid schema`, 'see supergraph compose');
  return withDeferDirective(buildSchema(contractSdl));
};

const wantedOperations = (document: DocumentNode, name: string | undefined): OperationDefinitionNode[] => {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const wanted = operations.filter((operation) => name === undefined || operation.name?.value === name);
  if (wanted.length > 0) return wanted;
  const names = operations.flatMap((operation) => operation.name?.value ?? []);
  const near = name === undefined ? undefined : nearestName(name, names);
  throw new StartupError(
    name === undefined ? 'there is no operation in it' : `there is no operation '${name}' in it`,
    near === undefined ? `it has ${names.join(', ') || 'none'}` : `did you mean ${near}?`,
  );
};

const planAll = (planner: OperationPlanner, document: DocumentNode, operations: readonly OperationDefinitionNode[]) =>
  operations.map(({ name }) => {
    try {
      const plan = planner.plan(document, name?.value);
      return { name: name?.value ?? '(anonymous)', plan, measure: measurePlan(plan) };
    } catch (error) {
      throw new StartupError(
        `${name?.value ?? 'the operation'} cannot be planned: ${(error as Error).message}`,
        'ask for less, or for other fields',
        error,
      );
    }
  });

type Planned = ReturnType<typeof planAll>[number];

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : noun.endsWith('h') ? 'es' : 's'}`;

const summary = ({ measure: { fetches, depth, entityCalls } }: Planned): string =>
  `${count(fetches, 'fetch')}, depth ${depth}, ${count(entityCalls, 'entity call')}`;

const print = (planned: readonly Planned[], format: string): string => {
  if (format === 'json')
    return `${JSON.stringify(
      planned.map(({ name, plan, measure }) => ({ operation: name, ...measure, plan })),
      undefined,
      2,
    )}\n`;
  if (format === 'mermaid')
    return planned.map((one) => `### ${one.name}\n\n${summary(one)}\n\n\`\`\`mermaid\n${drawPlan(one.plan)}\`\`\`\n`).join('\n');
  return planned.map((one) => `${one.name}: ${summary(one)}\n${prettyFormatQueryPlan(one.plan)}\n`).join('\n');
};

/** Shows how the router would fetch operations. */
export const runPlan = async (args: CommandArguments, environment: Environment): Promise<number> => {
  const [file] = args.positionals;
  const format = textOption(args, 'format') ?? 'text';
  if (!FORMATS.includes(format)) throw new StartupError(`there is no format '${format}'`, `expected --format ${FORMATS.join(', ')}`);
  if (file === undefined || args.positionals.length > 1)
    throw new StartupError('plan needs one file of operations', 'for instance: supergraph plan orders.graphql');
  const document = readDocument(file, environment);
  const operations = wantedOperations(document, textOption(args, 'operation'));
  const topology = readTopology(findConfig(args, environment));
  const { supergraphSdl, problems } = composeSupergraph(topology);
  if (supergraphSdl === undefined) {
    environment.writeError(`${describeProblems(problems)}\n`);
    return 1;
  }
  const planner = createOperationPlanner(supergraphSdl);
  const contract = textOption(args, 'contract');
  const errors = validate(contract === undefined ? planner.apiSchema : contractSchema(topology, supergraphSdl, contract), document);
  if (errors.length > 0) {
    environment.writeError(`✗ ${describeErrors(errors)}\n`);
    return 1;
  }
  environment.write(print(planAll(planner, document, operations), format));
  return 0;
};

import type { EngineAnswer } from './both-engines.ts';
import type { Faults } from './faults.ts';
import type { SubgraphReply } from './in-process-subgraph.ts';

export interface Answers {
  ours: EngineAnswer;
  /** Undefined when ApolloGateway threw. */
  stock: EngineAnswer | undefined;
  /** What graphql-js answers on the whole schema, with the same resolvers failing. */
  oracle: SubgraphReply;
  faults: Faults;
  /** Whether the plan is one that ApolloGateway gets wrong, or that is not ours: faults then hit other fetches. */
  isPlanDisputed: boolean;
}

export type Verdict =
  | 'same'
  /** ApolloGateway answers nothing at all, or not what the schema says. */
  | 'stock is wrong'
  /** Not what the schema says, with ApolloGateway's plan: the planner's doing. */
  | 'both are wrong'
  | 'different';

type Told = NonNullable<EngineAnswer['errors']>[number];

const pathText = ({ path }: Told): string => JSON.stringify(path ?? null);
const withoutPath = ({ message, extensions }: Told): string => JSON.stringify([message, extensions?.['code']]);
/** ApolloGateway counts representations instead of places, and tells no path when a subgraph told none. */
const withoutIndexes = (error: Told): string => `${withoutPath(error)} ${pathText(error).replaceAll(/\d+/g, '#')}`;

const textOf = (errors: readonly Told[] = [], form: (error: Told) => string): string => [...new Set(errors.map(form))].toSorted().join('\n');

/** What breaks inside ApolloGateway has no message once it is JSON, and costs the data of a whole fetch. */
const hasCrashed = ({ errors }: EngineAnswer): boolean => errors?.some(({ message }) => message === undefined) ?? false;

const haveSameErrors = ({ ours, stock, faults }: Answers): boolean => {
  if (faults.lengths) return (ours.errors === undefined) === (stock?.errors === undefined);
  const told = stock?.errors?.filter(({ message }) => message !== undefined);
  const hasPaths = told?.every(({ path }) => path !== undefined) ?? true;
  const form = hasPaths ? withoutIndexes : withoutPath;
  return textOf(ours.errors, form) === textOf(told, form);
};

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, below]) => [name, sorted(below)]);
};

const dataText = (answer: EngineAnswer | SubgraphReply | undefined): string => JSON.stringify(answer?.data) ?? 'nothing';
/** ApolloGateway does not always keep the order that the specification demands. */
const unorderedText = (answer: EngineAnswer | undefined): string => JSON.stringify(sorted(answer?.data)) ?? 'nothing';

/** Every path of ours leads where graphql-js, or else ApolloGateway, says that the error is. */
const haveRightPaths = ({ ours, stock, oracle }: Answers): boolean => {
  // graphql-js gives its own errors no code.
  const place = (error: Told): string => `${error.message} ${pathText(error)}`;
  const known = new Set([...(oracle.errors ?? []), ...(stock?.errors ?? [])].map(place));
  return (ours.errors ?? []).every((error) => known.has(place(error)));
};

/** Without faults the schema decides. */
const judgeGood = (answers: Answers): Verdict => {
  const { ours, stock, oracle } = answers;
  const [our, their, right] = [ours, stock, oracle].map(dataText);
  if (our === right) return our === their && haveSameErrors(answers) ? 'same' : 'stock is wrong';
  return their === right ? 'different' : 'both are wrong';
};

/** With resolvers that fail, both may lose more than graphql-js does: a null takes all that came with it in the same fetch. */
const judgeFailing = (answers: Answers): Verdict => {
  const { ours, stock, oracle, isPlanDisputed } = answers;
  const [our, their, right] = [ours, stock, oracle].map(dataText);
  if (our === right && stock?.data !== undefined && !haveRightPaths(answers)) return 'different';
  if (our === their && haveSameErrors(answers)) return 'same';
  return our === right || isPlanDisputed || stock?.data === undefined ? 'stock is wrong' : 'different';
};

/** With spoilt answers there is mostly nobody but ApolloGateway to compare with. */
const judgeSpoilt = (answers: Answers): Verdict => {
  const { ours, stock, oracle, faults, isPlanDisputed } = answers;
  if (unorderedText(ours) === unorderedText(stock) && haveSameErrors(answers)) return 'same';
  if (stock?.data === undefined || isPlanDisputed || dataText(ours) === dataText(oracle)) return 'stock is wrong';
  return faults.answers && hasCrashed(stock) ? 'stock is wrong' : 'different';
};

export const judge = (answers: Answers): Verdict => {
  const { subgraphs, answers: areSpoilt, lengths, resolvers } = answers.faults;
  if (subgraphs || areSpoilt || lengths) return judgeSpoilt(answers);
  return resolvers ? judgeFailing(answers) : judgeGood(answers);
};

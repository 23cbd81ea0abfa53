import type { Identity } from '@supergraph/identity/identity';
import {
  type DocumentNode,
  FieldsOnCorrectTypeRule,
  KnownFragmentNamesRule,
  NoUndefinedVariablesRule,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  OverlappingFieldsCanBeMergedRule,
  parse,
  ScalarLeafsRule,
  type ValidationRule,
  validate,
} from 'graphql';
import type { applyDenials } from '../apply-denials.ts';
import type { Authorized, authorizeOperation } from '../authorize-operation.ts';
import type { createPolicies } from '../policies.ts';
import type { readAuthorizationRules } from '../read-authorization-rules.ts';
import { isProtected, judge, refuseWhileExecuting, run, type Verdict } from './naive-oracle.ts';
import { PROTECTED_SUPERGRAPH, schema } from './protected-graph.ts';
import { createRandom, type Random } from './random.ts';
import { type RandomOperation, randomData, randomIdentity, randomOperation, type Thing } from './random-operation.ts';

/** What is tested: this module's functions, or a copy of them with a fault planted. */
export interface System {
  readAuthorizationRules: typeof readAuthorizationRules;
  authorizeOperation: typeof authorizeOperation;
  applyDenials: typeof applyDenials;
  createPolicies: typeof createPolicies;
}

export interface Tally {
  outcomes: string[];
  errors: number;
}

interface Answer {
  data: unknown;
  paths: unknown[];
}

const IDENTITIES = 2;
const OPERATIONS_ON_ONE_GRAPH = 20;

/** What the generator cannot promise. */
const NOT_BY_CONSTRUCTION = [OverlappingFieldsCanBeMergedRule];

/** What cutting could break. */
const BREAKABLE = [
  FieldsOnCorrectTypeRule,
  KnownFragmentNamesRule,
  NoUndefinedVariablesRule,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  ScalarLeafsRule,
];

const isValid = (document: DocumentNode, rules: readonly ValidationRule[]): boolean =>
  validate(schema, document, rules, { maxErrors: 1 }).length === 0;

const answerOf = ({ data, errors }: { data?: unknown; errors?: readonly { path?: readonly (string | number)[] | undefined }[] }): string => {
  const answer: Answer = { data: data ?? null, paths: (errors ?? []).map(({ path }) => path) };
  return JSON.stringify(answer);
};

const validOperation = (random: Random): RandomOperation & { document: DocumentNode } => {
  for (;;) {
    const operation = randomOperation(random);
    const document = parse(operation.text, { noLocation: true });
    if (isValid(document, NOT_BY_CONSTRUCTION)) return { ...operation, document };
  }
};

interface Trial {
  system: System;
  rules: ReturnType<System['readAuthorizationRules']>;
  policies: ReturnType<System['createPolicies']>;
  operation: RandomOperation & { document: DocumentNode };
  identity: Identity;
  data: { Query: Thing; Mutation: Thing };
}

interface Outcome {
  kind: Authorized['kind'];
  key: string;
  /** Which fields the oracle says are cut. */
  positions: string;
  errors: number;
  problem?: string;
}

const expectedKind = (verdict: Verdict, isMutation: boolean): Authorized['kind'] => {
  if (isMutation && verdict.isAskedForDenied) return 'refused';
  return verdict.denied.size > 0 ? 'cut' : 'allowed';
};

/** Executes what is left of the operation, counting on no resolver of a protected field being called. */
const executeCut = ({ data, identity, operation }: Trial, document: DocumentNode | undefined) => {
  const leaks: string[] = [];
  if (document === undefined) return { leaks, executed: { data: {} } };
  const executed = run(document, operation.variables, data, (_source, _parameters, _context, { parentType, fieldName }) => {
    if (isProtected(parentType.name, fieldName, identity)) leaks.push(`${parentType.name}.${fieldName}`);
  });
  return { leaks, executed };
};

const compareAnswers = (
  trial: Trial,
  authorized: Exclude<Authorized, { kind: 'refused' }>,
  verdict: Verdict,
): { errors: number; problem?: string } => {
  const { system, operation, data } = trial;
  const { variables } = operation;
  if (authorized.document !== undefined && !isValid(authorized.document, BREAKABLE)) return { errors: 0, problem: 'the cut document is invalid' };
  const { leaks, executed } = executeCut(trial, authorized.document);
  if (leaks.length > 0) return { errors: 0, problem: `fetched ${leaks}` };
  const answer =
    authorized.kind === 'cut' ? system.applyDenials({ cut: authorized.cut, data: executed.data as Record<string, unknown>, variables }) : executed;
  const expected = refuseWhileExecuting(verdict, variables, data);
  const errors = expected.errors?.length ?? 0;
  return answerOf(answer) === answerOf(expected) ? { errors } : { errors, problem: `\n${answerOf(answer)}\ninstead of\n${answerOf(expected)}` };
};

const attempt = async (trial: Trial): Promise<Outcome> => {
  const { system, rules, policies, operation, identity } = trial;
  const { document, variables, text } = operation;
  const verdict = judge(document, identity, variables);
  const authorized = await system.authorizeOperation({ rules, schema, document, operationName: undefined, variables, identity, policies });
  const kind = expectedKind(verdict, text.startsWith('mutation'));
  const outcome = { kind, key: authorized.key, positions: verdict.positions.join(), errors: 0 };
  if (authorized.kind !== kind) return { ...outcome, problem: `${authorized.kind} instead of ${kind}` };
  return authorized.kind === 'refused' ? outcome : { ...outcome, ...compareAnswers(trial, authorized, verdict) };
};

/** One operation as several identities, so that what one of them got could reach the next. */
const attemptAll = async (trials: readonly Trial[], tally: Tally): Promise<string | undefined> => {
  const before: Outcome[] = [];
  for (const trial of trials) {
    const outcome = await attempt(trial);
    const isKeyWrong = before.some(({ key, positions }) => (key === outcome.key) !== (positions === outcome.positions));
    const problem = outcome.problem ?? (isKeyWrong ? 'a key is shared by different cuts, or not by equal ones' : undefined);
    const { operation, identity } = trial;
    if (problem !== undefined) return `${problem}\n${operation.text}\n${JSON.stringify({ variables: operation.variables, identity })}`;
    before.push(outcome);
    tally.outcomes.push(outcome.kind);
    tally.errors += outcome.errors;
  }
  return undefined;
};

/** Runs random operations as random identities until the system and the oracle differ; tells how, or that they never did. */
export const findDisagreement = async (
  system: System,
  seed: number,
  operations: number,
  tally: Tally = { outcomes: [], errors: 0 },
): Promise<string | undefined> => {
  const rules = system.readAuthorizationRules(PROTECTED_SUPERGRAPH);
  const policies = system.createPolicies({ 'works-here': ({ caller }) => ['staff', 'admin'].includes(caller.role) });
  const random = createRandom(seed);
  let data = randomData(random);
  for (let number = 0; number < operations; number += 1) {
    if (number % OPERATIONS_ON_ONE_GRAPH === 0) data = randomData(random);
    const operation = validOperation(random);
    const trials = Array.from({ length: IDENTITIES }, () => ({ system, rules, policies, operation, identity: randomIdentity(random), data }));
    const problem = await attemptAll(trials, tally);
    if (problem !== undefined) return `operation ${number} of seed ${seed}: ${problem}`;
  }
  return undefined;
};

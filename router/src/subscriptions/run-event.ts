import type { GraphQLFormattedError } from 'graphql';
import { type Data, isData, own, setOwn } from '../engine/merge.ts';
import type { AuthorizedOperation } from '../gateway/execute-operation.ts';
import type { OperationResult } from '../gateway/operation-result.ts';
import type { PlanRunner } from '../gateway/plan-engine.ts';
import type { ServedSupergraph } from '../gateway/served-supergraph.ts';
import type { SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';
import type { CompiledSubscription } from './compile-subscription.ts';
import type { EventField } from './event-fields.ts';

/** A subscription as it is for the next event. */
export interface EventRun {
  served: ServedSupergraph;
  operation: AuthorizedOperation;
  compiled: CompiledSubscription;
}

const HIDDEN = new Set<unknown>(['NOT_FOUND', 'FORBIDDEN']);

/** Of the entity itself, and not of something within it. */
const saysHidden = ({ path = [], extensions }: GraphQLFormattedError): boolean =>
  path.length <= 2 && (HIDDEN.has(extensions?.['kind']) || HIDDEN.has(extensions?.['code']));

/** Whoever may not see an entity, or asks for one that is not there, is told nothing: not even that something happened. */
const isHidden = ({ errors = [] }: SubgraphAnswer): boolean => errors.every(saysHidden);

const entityIn = ({ data }: SubgraphAnswer): unknown => {
  const entities = isData(data) ? own(data, '_entities') : undefined;
  return Array.isArray(entities) ? entities[0] : undefined;
};

const keyValue = (subject: string, { isNumericKey }: EventField): unknown => {
  if (!isNumericKey) return subject;
  const number = Number(subject);
  return subject.trim() !== '' && Number.isSafeInteger(number) ? number : undefined;
};

/** Fetches the entity that an event is about as it is now, with its caller's rights. @returns nothing when there is nothing to tell. */
export const runEntityEvent = async (runner: PlanRunner, run: EventRun, field: EventField, subject: string): Promise<OperationResult | undefined> => {
  const { served, operation, compiled } = run;
  const key = keyValue(subject, field);
  if (key === undefined) return undefined;
  const entity: Data = { __typename: field.typeName };
  setOwn(entity, field.key, key);
  const data: Data = {};
  setOwn(data, compiled.responseName, entity);
  let answer: SubgraphAnswer = {};
  const first = await runner.fetch(served, operation, {
    step: compiled.first,
    data,
    isFresh: true,
    around: async (_ask, send) => {
      answer = await send();
      return answer;
    },
  });
  if (!isData(entityIn(answer))) return isHidden(answer) ? undefined : runner.answer(served, operation, { data: {}, errors: first.errors });
  const rest = await runner.fetch(served, operation, { step: compiled.rest, data, isFresh: true });
  return runner.answer(served, operation, { data, errors: [...first.errors, ...rest.errors] });
};

/** Adds to an event of the owning subgraph what the other subgraphs have. */
export const runSubgraphEvent = async (
  runner: PlanRunner,
  { served, operation, compiled }: EventRun,
  answer: SubgraphAnswer,
): Promise<OperationResult> => {
  const fetched = await runner.fetch(served, operation, {
    step: compiled.whole,
    isFresh: true,
    around: async ({ operationKind }, send) => (operationKind === 'subscription' ? answer : send()),
  });
  return runner.answer(served, operation, fetched);
};

import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@supergraph/errors';
import { type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import { getArgumentValues } from 'graphql/execution/values.js';
import { fragmentsOf } from '../fragments.ts';
import type { AuthorizedOperation, OperationRequest, PreparedOperation, PrepareOperation } from '../gateway/execute-operation.ts';
import type { KnownDocument } from '../gateway/known-operations.ts';
import type { OperationResult } from '../gateway/operation-result.ts';
import type { PlanRunner } from '../gateway/plan-engine.ts';
import type { ServedSupergraph } from '../gateway/served-supergraph.ts';
import type { RequestContext } from '../request-context.ts';
import { compileSubscription } from './compile-subscription.ts';
import type { EventField } from './event-fields.ts';
import type { EventRun } from './run-event.ts';
import { InvalidDocument } from './stream-documents.ts';
import { supergraphChanged } from './subscription-errors.ts';

/** How a subscription began, or goes on with the supergraph that it was last found to fit. */
export interface BegunSubscription {
  served: ServedSupergraph;
  request: OperationRequest;
  text: string;
  /** Of its root field, when that comes from events. */
  field: EventField | undefined;
  fieldName: string;
  /** What its subgraph was subscribed with, when it comes from there. */
  source: string | undefined;
}

export interface CurrentRunOptions {
  /** What is served of a contract at this moment. */
  servedOf: (contract: string) => ServedSupergraph | undefined;
  read: (served: ServedSupergraph, text: string) => KnownDocument;
  prepare: PrepareOperation;
  runner: PlanRunner;
}

/** What the next event is run with, or why none is any more. */
export type CurrentRun = { run: EventRun; tell: PreparedOperation['tell'] } | { told: OperationResult };

const fieldIn = ({ selections }: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): FieldNode | undefined => {
  for (const node of selections) {
    if (node.kind === Kind.FIELD) return node;
    const set = node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet : fragments.get(node.name.value)?.selectionSet;
    const found = set && fieldIn(set, fragments);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The one field that is subscribed to. */
export const rootFieldOf = ({ document, operation }: Pick<AuthorizedOperation, 'document' | 'operation'>): FieldNode => {
  const field = fieldIn(operation.selectionSet, fragmentsOf(document));
  if (field === undefined) throw new Error('the subscription has no field');
  return field;
};

/** What the events' subject must be. */
export const subjectOf = (
  { apiSchema }: ServedSupergraph,
  { coerced }: AuthorizedOperation,
  node: FieldNode,
  field: EventField,
): string | undefined => {
  const definition = apiSchema.getSubscriptionType()?.getFields()[node.name.value];
  if (field.subject === undefined || definition === undefined) return undefined;
  return String(getArgumentValues(definition, node, coerced)[field.subject]);
};

/** Where a subscription to a subgraph goes, and with what. */
export const sourceKey = ({ served, compiled: { source } }: EventRun): string =>
  JSON.stringify([source.service, served.subgraphs.find(({ name }) => name === source.service)?.url, source.operation]);

/**
 * Looks at a subscription anew before each event: its rights, and the supergraph that is served by then.
 * @throws SUPERGRAPH_CHANGED when it does not fit the supergraph any more.
 */
export const createCurrentRun = ({ servedOf, read, prepare, runner }: CurrentRunOptions) => {
  const known = (served: ServedSupergraph, { text, served: before, request }: BegunSubscription): KnownDocument => {
    if (served === before) return request;
    try {
      return read(served, text);
    } catch (error) {
      throw error instanceof InvalidDocument ? supergraphChanged() : error;
    }
  };

  const planned = async (
    served: ServedSupergraph,
    field: EventField | undefined,
    operation: AuthorizedOperation,
    isNew: boolean,
  ): Promise<EventRun> => {
    try {
      const compiled = compileSubscription(await runner.planOf(served, operation), field);
      return { served, operation, compiled };
    } catch (error) {
      throw isNew && error instanceof DomainError && error.code === 'PLANNING_FAILED' ? supergraphChanged() : error;
    }
  };

  const goOn = (begun: BegunSubscription, run: EventRun): void => {
    if (begun.source !== undefined && sourceKey(run) !== begun.source) throw supergraphChanged();
    const { served, operation } = run;
    // It may be replaced already.
    if (served !== servedOf(served.contract)) return;
    // What was served before is not kept in memory for those that live on.
    begun.served = served;
    begun.request = { ...begun.request, document: operation.document, queryHash: operation.queryHash };
  };

  return async (begun: BegunSubscription, context: RequestContext): Promise<CurrentRun> => {
    const served = servedOf(context.contract);
    if (served === undefined) throw supergraphChanged();
    const isNew = served !== begun.served;
    const { document, queryHash } = known(served, begun);
    if (isNew && !isDeepStrictEqual(served.eventFields.get(begun.fieldName), begun.field)) throw supergraphChanged();
    const prepared = await prepare(served, { ...begun.request, document, queryHash, context, isCounted: true });
    if ('told' in prepared) return prepared;
    const run = await planned(served, begun.field, prepared.left, isNew);
    if (isNew) goOn(begun, run);
    return { run, tell: prepared.tell };
  };
};

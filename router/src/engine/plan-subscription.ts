import type { FetchDataRewrite, FetchNode, PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner';
import { type FieldNode, Kind, type OperationDefinitionNode, parse, print, type SelectionSetNode, stripIgnoredCharacters, visit } from 'graphql';

/** The entity that events of a subscription lead to. */
export interface EventEntity {
  typeName: string;
  /** The name of its key field. */
  key: string;
}

/** A plan of a subscription, taken apart: each of its plans runs as any other. */
export interface SubscriptionParts {
  /** What the owning subgraph is asked for. */
  primary: FetchNode;
  /** The name of the root field in the data that are fetched. */
  responseName: string;
  /** From the events of the owning subgraph, or, for an entity, from the entity itself. */
  first: QueryPlan;
  /** What the other subgraphs add; undefined when nothing. */
  rest: QueryPlan | undefined;
}

const planOf = (node: PlanNode): QueryPlan => ({ kind: 'QueryPlan', node });

const fieldIn = ({ selections }: SelectionSetNode): FieldNode | undefined => {
  const [first] = selections;
  if (first?.kind === Kind.INLINE_FRAGMENT) return fieldIn(first.selectionSet);
  return first?.kind === Kind.FIELD ? first : undefined;
};

const operationIn = (text: string): { operation: OperationDefinitionNode; fragments: ReturnType<typeof parse>['definitions'] } => {
  const { definitions } = parse(text, { noLocation: true });
  const operation = definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('the plan subscribes with a document that has no operation');
  return { operation, fragments: definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION) };
};

const variablesIn = (nodes: readonly (SelectionSetNode | ReturnType<typeof parse>['definitions'][number])[]): Set<string> => {
  const names = new Set<string>();
  for (const node of nodes) visit(node, { Variable: ({ name }) => void names.add(name.value) });
  return names;
};

/** Below the entity: the plan's paths lead through the root field. */
const belowRoot = (rewrites: readonly FetchDataRewrite[], responseName: string): FetchDataRewrite[] =>
  rewrites.flatMap((rewrite) => {
    const at = rewrite.path.indexOf(responseName);
    return at === -1 ? [] : [{ ...rewrite, path: rewrite.path.slice(at + 1) }];
  });

const REPRESENTATIONS = '$representations: [_Any!]!';

/** The same selection as the subscription's, asked of one entity. */
const entityFetch = (primary: FetchNode, field: FieldNode, responseName: string, { typeName, key }: EventEntity): FetchNode => {
  const { operation, fragments } = operationIn(primary.operation);
  const selectionSet = field.selectionSet ?? { kind: Kind.SELECTION_SET, selections: [] };
  const used = variablesIn([selectionSet, ...fragments]);
  const definitions = (operation.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
  const variables = [REPRESENTATIONS, ...definitions.map(print)].join(', ');
  const below = `{ _entities(representations: $representations) { ... on ${typeName} ${print(selectionSet)} } }`;
  const text = `query ${primary.operationName ?? ''}(${variables}) ${below} ${fragments.map(print).join('\n')}`;
  return {
    ...primary,
    requires: [
      {
        kind: 'InlineFragment',
        typeCondition: typeName,
        selections: [
          { kind: 'Field', name: '__typename' },
          { kind: 'Field', name: key },
        ],
      },
    ],
    variableUsages: [...used],
    operation: stripIgnoredCharacters(text),
    operationKind: 'query' as FetchNode['operationKind'],
    outputRewrites: belowRoot(primary.outputRewrites ?? [], responseName),
  };
};

/**
 * Takes the plan of a subscription apart. With an entity, the owning subgraph is not subscribed to: what the client selects of the
 * root field is fetched of that entity instead, as of any other. @throws when the plan is not that of a subscription.
 */
export const planSubscription = ({ node }: QueryPlan, entity: EventEntity | undefined): SubscriptionParts => {
  if (node?.kind !== 'Subscription') throw new Error('the plan is not that of a subscription');
  const { primary, rest }: SubscriptionNode = node;
  const field = fieldIn(operationIn(primary.operation).operation.selectionSet);
  if (field === undefined) throw new Error('the plan subscribes to no field');
  const responseName = field.alias?.value ?? field.name.value;
  const first: PlanNode =
    entity === undefined ? primary : { kind: 'Flatten', path: [responseName], node: entityFetch(primary, field, responseName, entity) };
  return { primary, responseName, first: planOf(first), rest: rest === undefined ? undefined : planOf(rest) };
};

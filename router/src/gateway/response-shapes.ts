import {
  type DocumentNode,
  executeSync,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  visit,
} from 'graphql';
import { type FieldShape, type ObjectShapes, type ShapeSource, shapeOf } from '../engine/response-shape.ts';
import { fragmentsOf } from '../fragments.ts';
import type { PlannedNames } from './planned-names.ts';

interface Conditional {
  /** Variables of `@skip` and `@include`. */
  variables: readonly string[];
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  byOutcome: Map<string, ObjectShapes>;
}

const MAX_OUTCOMES = 64;

const conditionVariables = (document: DocumentNode): string[] => {
  const variables = new Set<string>();
  visit(document, {
    Directive: ({ name, arguments: given }) => {
      if (name.value !== 'skip' && name.value !== 'include') return;
      for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) variables.add(value.name.value);
    },
  });
  return [...variables].sort();
};

/** The shape of an operation's answer. @param labelOf tells what is deferred, always the same of one operation; nothing is when left out. */
export type ResponseShapes = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  labelOf?: ShapeSource['deferLabel'],
) => ObjectShapes;

/** Works the shape of an operation's answer out once for each outcome of its conditions, as long as its document lives. */
export const createResponseShapes = (schema: GraphQLSchema, names: PlannedNames): ResponseShapes => {
  const known = new WeakMap<OperationDefinitionNode, Conditional>();
  return (document, operation, variables, deferLabel) => {
    const conditional = known.get(operation) ?? { variables: conditionVariables(document), fragments: fragmentsOf(document), byOutcome: new Map() };
    known.set(operation, conditional);
    const outcome = conditional.variables.map((name) => (variables[name] === true ? '1' : '0')).join('');
    const present = conditional.byOutcome.get(outcome);
    if (present !== undefined) return present;
    const isTrue = (name: string): boolean => variables[name] === true;
    const shapes = shapeOf({ schema, fragments: conditional.fragments, isTrue, sourceOf: names.of, deferLabel }, operation);
    if (conditional.byOutcome.size < MAX_OUTCOMES) conditional.byOutcome.set(outcome, shapes);
    return shapes;
  };
};

/** Answers `__schema` and `__type` from the schema that clients see. */
export const createIntrospection =
  (schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variableValues: Readonly<Record<string, unknown>>) =>
  ({ name, nodes }: FieldShape): unknown => {
    const selections: readonly SelectionNode[] = nodes;
    const asked: OperationDefinitionNode = { ...operation, directives: [], selectionSet: { kind: Kind.SELECTION_SET, selections } };
    const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
    const { data } = executeSync({ schema, document: { kind: Kind.DOCUMENT, definitions: [asked, ...fragments] }, variableValues });
    return data?.[name] ?? null;
  };

import {
  type DirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import type { Random } from '../../authorization/testing/random.ts';
import { deferredDocument } from '../defer/defer-document.ts';
import { DEFER_RULES } from '../defer/defer-rules.ts';
import type { ClientOperation } from './random-client-operation.ts';

const VARIABLE = 'defers';
const NO_VARIABLE = /\$defers/;

interface Placing {
  random: Random;
  count: number;
}

const directiveText = ({ random }: Placing, label: number): string => {
  const parts = [
    ...(random.chance(0.7) ? [`label: "L${label}"`] : []),
    ...(random.chance(0.2) ? [`if: ${random.of(['true', 'false', `$${VARIABLE}`])}`] : []),
  ];
  return `@defer${parts.length === 0 ? '' : `(${parts.join(' ')})`}`;
};

const nextDirective = (placing: Placing): DirectiveNode => {
  const parsed = parse(`{ ... ${directiveText(placing, placing.count++)} { x } }`, { noLocation: true });
  const [operation] = parsed.definitions as [OperationDefinitionNode];
  const [fragment] = operation.selectionSet.selections;
  return fragment?.directives?.[0] as DirectiveNode;
};

const wrap = (placing: Placing, selections: readonly SelectionNode[]): SelectionNode => ({
  kind: Kind.INLINE_FRAGMENT,
  directives: [nextDirective(placing)],
  selectionSet: { kind: Kind.SELECTION_SET, selections },
});

const deferIn = (placing: Placing, { selections }: SelectionSetNode): SelectionSetNode => {
  const { random } = placing;
  const marked = selections.map((node) =>
    node.kind === Kind.FIELD || !random.chance(0.35) ? node : { ...node, directives: [...(node.directives ?? []), nextDirective(placing)] },
  );
  if (!random.chance(0.3)) return { kind: Kind.SELECTION_SET, selections: marked };
  const from = random.below(marked.length);
  const to = from + 1 + random.below(marked.length - from);
  // A field may also stand in both parts.
  const twice = random.chance(0.2) ? marked.slice(from, from + 1).filter((node) => node.kind === Kind.FIELD) : [];
  return { kind: Kind.SELECTION_SET, selections: [...marked.slice(0, from), ...twice, wrap(placing, marked.slice(from, to)), ...marked.slice(to)] };
};

const withVariable = (text: string): string => {
  if (!NO_VARIABLE.test(text)) return text;
  const declared = `$${VARIABLE}: Boolean!`;
  return text.replace(/^(query|mutation)? ?(\(|\{)/, (_all, kind: string = 'query', next: string) =>
    next === '(' ? `${kind} (${declared}, ` : `${kind} (${declared}) {`,
  );
};

const place = (document: DocumentNode, placing: Placing): DocumentNode =>
  visit(document, {
    SelectionSet: {
      leave: (set, _key, parent) => {
        const isRootOfMutation = parent !== undefined && !Array.isArray(parent) && (parent as { operation?: string }).operation === 'mutation';
        return isRootOfMutation ? undefined : deferIn(placing, set);
      },
    },
  });

const TRIES = 8;
/** With many of them within each other, the planner takes its time. */
const MAX_DEFERS = 4;

/** Once fragments are written out. */
const isTooLarge = (document: DocumentNode): boolean => {
  const [operation] = document.definitions as [OperationDefinitionNode];
  return (deferredDocument(document, operation, {})?.labels.size ?? 0) > MAX_DEFERS;
};

/** The same operation with some of it deferred; nothing when luck does not find a valid one. */
export const withRandomDefers = (schema: GraphQLSchema, operation: ClientOperation, random: Random): ClientOperation | undefined => {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const placing = { random, count: 0 };
    const placed = place(operation.document, placing);
    if (placing.count === 0 || placing.count > MAX_DEFERS) continue;
    const text = withVariable(print(placed));
    const document = parse(text, { noLocation: true });
    if (isTooLarge(document)) continue;
    if (validate(schema, document, [...specifiedRules, ...DEFER_RULES], { maxErrors: 1 }).length > 0) continue;
    const variables = (choice: Random): Record<string, unknown> => ({
      ...operation.variables(choice),
      ...(NO_VARIABLE.test(text) ? { [VARIABLE]: choice.chance(0.6) } : {}),
    });
    return { document, text, variables };
  }
  return undefined;
};

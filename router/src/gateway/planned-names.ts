import { type ConstArgumentNode, type DocumentNode, type FieldNode, GraphQLError, Kind, parse, type VariableDefinitionNode, visit } from 'graphql';
import { CONTEXT_VARIABLE } from '../engine/context-arguments.ts';

const SUFFIX = '__client';

/** Under which names the planner sees a client's fields. */
export interface PlannedNames {
  of(field: FieldNode): string;
  /** The document for the planner; the same one when nothing has another name there. @throws when a variable has a name that the planner gives itself. */
  rename(document: DocumentNode): DocumentNode;
  /** Whether it asks with arguments for a field that the planner may fetch for itself without: in different parts these would meet under one name. */
  meets(document: DocumentNode): boolean;
}

interface OwnFields {
  names: Set<string>;
  withArguments: Set<string>;
  hasContexts: boolean;
}

const SELECTIONS: Readonly<Record<string, readonly string[]>> = { join__type: ['key'], join__field: ['requires', 'provides'] };

const addSelection = ({ names, withArguments }: OwnFields, selection: string): void => {
  visit(parse(`{ ${selection} }`, { noLocation: true }), {
    Field: ({ name, arguments: given }) => {
      names.add(name.value);
      if (given !== undefined && given.length > 0) withArguments.add(name.value);
    },
  });
};

/** What arguments take from the objects around: `{ currency { code } }`, or one fragment for each type. */
const addContexts = (own: OwnFields, given: ConstArgumentNode): void => {
  visit(given.value, {
    ObjectField: ({ name, value }) => {
      if (name.value !== 'selection' || value.kind !== Kind.STRING) return;
      own.hasContexts = true;
      addSelection(own, value.value.trim().startsWith('{') ? `... ${value.value}` : value.value);
    },
  });
};

/** What the planner may fetch for itself: keys, what fields require, and what context arguments are. */
const readOwnFields = (supergraph: DocumentNode): OwnFields => {
  const own: OwnFields = { names: new Set(['__typename']), withArguments: new Set(), hasContexts: false };
  visit(supergraph, {
    Directive: ({ name, arguments: given = [] }) => {
      for (const argument of given as readonly ConstArgumentNode[]) {
        if (name.value === 'join__field' && argument.name.value === 'contextArguments') addContexts(own, argument);
        if (SELECTIONS[name.value]?.includes(argument.name.value) && argument.value.kind === Kind.STRING) addSelection(own, argument.value.value);
      }
    },
  });
  return own;
};

/**
 * Keeps what the client asks for apart from what the planner fetches for itself: `comments(limit: 1)` from the `comments(limit: 3)` that another
 * field requires, `id: name` from the key `id`. Apollo's planner puts both under one name, and one of them is lost or overwrites the other.
 */
export const readPlannedNames = (supergraph: DocumentNode): PlannedNames => {
  const { names, withArguments, hasContexts } = readOwnFields(supergraph);
  // A name of the client's own that looks like one of ours is told apart the same way.
  const isTaken = (name: string, responseName: string): boolean =>
    responseName.endsWith(SUFFIX) || (name === responseName ? withArguments.has(name) : names.has(responseName));
  const of = ({ name, alias }: FieldNode): string => {
    const responseName = alias?.value ?? name.value;
    return isTaken(name.value, responseName) ? responseName + SUFFIX : responseName;
  };
  const refuseReserved = ({ variable }: VariableDefinitionNode): undefined => {
    const name = variable.name.value;
    if (hasContexts && CONTEXT_VARIABLE.test(name)) throw new Error(`the name $${name} is reserved for context arguments`);
    return undefined;
  };
  return {
    of,
    meets: (document) => {
      let found = false;
      visit(document, {
        Field: ({ name, arguments: given = [] }) => {
          found ||= given.length > 0 && names.has(name.value);
        },
      });
      return found;
    },
    rename: (document) =>
      visit(document, {
        VariableDefinition: refuseReserved,
        Field: (field) => {
          const planned = of(field);
          const responseName = field.alias?.value ?? field.name.value;
          return planned === responseName ? undefined : { ...field, alias: { kind: Kind.NAME, value: planned } };
        },
      }),
  };
};

const isPlanned = (key: string | number): key is string => typeof key === 'string' && key.endsWith(SUFFIX);

/** The error with the client's names in its path. */
export const withClientPath = (error: GraphQLError): GraphQLError => {
  const { message, path, extensions } = error;
  if (!path?.some(isPlanned)) return error;
  return new GraphQLError(message, { path: path.map((key) => (isPlanned(key) ? key.slice(0, -SUFFIX.length) : key)), extensions });
};

import { StartupError } from '@supergraph/service/startup-error';
import { type ASTNode, type ConstDirectiveNode, type DocumentNode, Kind, parse, type ValueNode, visit } from 'graphql';
import {
  type AuthorizationDirective,
  assertFeaturesEnforced,
  assertLinked,
  authorizationDirectiveOf,
  readLinkedFeatures,
} from './linked-features.ts';
import { type Condition, isSameRequirement, minimal, type Requirement } from './requirement.ts';

/** What the authorization directives of a supergraph demand; a type or field that is not here demands nothing. */
export interface AuthorizationRules {
  /** Objects, interfaces, scalars and enums by name. */
  types: ReadonlyMap<string, Requirement>;
  /** Fields by coordinate: `User.email`. */
  fields: ReadonlyMap<string, Requirement>;
}

const DEMANDS: Record<AuthorizationDirective, string | undefined> = {
  authenticated: undefined,
  requiresScopes: 'scopes',
  policy: 'policies',
};

const TYPES: ReadonlySet<string> = new Set([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.OBJECT_TYPE_EXTENSION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_EXTENSION,
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.SCALAR_TYPE_EXTENSION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.ENUM_TYPE_EXTENSION,
]);

const malformed = (node: ConstDirectiveNode, place: string): StartupError =>
  new StartupError(`the supergraph's @${node.name.value} on ${place} cannot be understood`, 'serve what composition wrote, unedited');

/** A list of lists of strings; single values are lists of one, as everywhere in GraphQL. */
const readAlternatives = (value: ValueNode | undefined, fail: () => StartupError): string[][] => {
  if (value === undefined) throw fail();
  const items = (node: ValueNode): readonly ValueNode[] => (node.kind === Kind.LIST ? node.values : [node]);
  return items(value).map((inner) =>
    items(inner).map((name) => {
      if (name.kind !== Kind.STRING) throw fail();
      return name.value;
    }),
  );
};

const nameOf = (node: ASTNode | undefined): string | undefined =>
  node !== undefined && 'name' in node && node.name?.kind === Kind.NAME ? node.name.value : undefined;

const isNode = (entry: ASTNode | readonly ASTNode[] | undefined): entry is ASTNode => entry !== undefined && 'kind' in entry;

type Place = { kind: 'type' | 'field' | 'other'; name: string };

/** Where a directive stands: the nodes above it, nearest last. */
const placeOf = (ancestors: readonly (ASTNode | readonly ASTNode[])[]): Place => {
  const [holder, owner] = ancestors.filter(isNode).reverse();
  const name = nameOf(holder) ?? holder?.kind ?? 'nothing';
  if (holder !== undefined && TYPES.has(holder.kind)) return { kind: 'type', name };
  const isField = holder?.kind === Kind.FIELD_DEFINITION && owner !== undefined && TYPES.has(owner.kind);
  return isField ? { kind: 'field', name: `${nameOf(owner)}.${name}` } : { kind: 'other', name };
};

/** Makes equal conditions the same object. */
const createInterner = () => {
  const known = new Map<string, Condition>();
  return (condition: Condition): Condition => {
    const key = JSON.stringify(condition);
    const found = known.get(key) ?? condition;
    known.set(key, found);
    return found;
  };
};

type Requirements = Map<string, Requirement>;

const add = (requirements: Requirements, name: string, conditions: Requirement): void => {
  const all = new Set([...(requirements.get(name) ?? []), ...conditions]);
  if (all.size > 0) requirements.set(name, [...all]);
};

const readRequirements = (document: DocumentNode): { types: Requirements; fields: Requirements } => {
  const features = readLinkedFeatures(document);
  assertFeaturesEnforced(features);
  const intern = createInterner();
  const types: Requirements = new Map();
  const fields: Requirements = new Map();
  visit(document, {
    Directive: (node, _key, _parent, _path, ancestors) => {
      assertLinked(features, node.name.value);
      const kind = authorizationDirectiveOf(features, node.name.value);
      if (kind === undefined) return;
      const place = placeOf(ancestors);
      const fail = (): StartupError => malformed(node as ConstDirectiveNode, place.name);
      if (place.kind === 'other') throw fail();
      const value = node.arguments?.find(({ name }) => name.value === DEMANDS[kind])?.value;
      const condition: Condition = kind === 'authenticated' ? { kind } : { kind, anyOf: minimal(readAlternatives(value, fail)) };
      add(place.kind === 'type' ? types : fields, place.name, [intern(condition)]);
    },
  });
  return { types, fields };
};

/** Each interface with its own fields. */
const fieldsOfInterfaces = (document: DocumentNode): [name: string, fields: string[]][] =>
  document.definitions.flatMap((definition) =>
    definition.kind === Kind.INTERFACE_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_EXTENSION
      ? [[definition.name.value, (definition.fields ?? []).map(({ name }) => name.value)]]
      : [],
  );

/** The object types that implement an interface. */
const implementationsOf = (document: DocumentNode, interfaceName: string): string[] => {
  const names = document.definitions.flatMap((definition) =>
    (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION) &&
    definition.interfaces?.some(({ name }) => name.value === interfaceName)
      ? [definition.name.value]
      : [],
  );
  return [...new Set(names)];
};

/**
 * Composition writes on an interface what all its implementations demand together. Such a sum is dropped, because whoever
 * selects through the interface meets every implementation the selection can reach anyway, and no others. What an
 * interface demands beyond the sum must hold for its implementations too, or asking for those by name would be a way
 * around it (CVE-2025-64530).
 */
const settle = (stated: Requirements, settled: Requirements, name: string, implementations: readonly string[]): void => {
  const own = stated.get(name);
  if (own === undefined || implementations.length === 0) return;
  const sum = new Set(implementations.flatMap((implementation) => stated.get(implementation) ?? []));
  if (isSameRequirement(own, [...sum])) settled.delete(name);
  else for (const implementation of implementations) add(settled, implementation, own);
};

/**
 * The requirements that `@authenticated`, `@requiresScopes` and `@policy` state in a full supergraph, under whatever names
 * its links give them. Link specification: https://specs.apollo.dev/link/v1.0
 * @throws StartupError when a feature for SECURITY or EXECUTION is linked that this router does not enforce, when a
 * directive is used without a link (the supergraph was stripped by hand), and when one cannot be understood.
 */
export const readAuthorizationRules = (supergraphSdl: string): AuthorizationRules => {
  const document = parse(supergraphSdl, { noLocation: true });
  const { types, fields } = readRequirements(document);
  const stated = { types: new Map(types), fields: new Map(fields) };
  for (const [name, names] of fieldsOfInterfaces(document)) {
    const implementations = implementationsOf(document, name);
    settle(stated.types, types, name, implementations);
    for (const field of names) {
      const coordinates = implementations.map((implementation) => `${implementation}.${field}`);
      settle(stated.fields, fields, `${name}.${field}`, coordinates);
    }
  }
  return { types, fields };
};

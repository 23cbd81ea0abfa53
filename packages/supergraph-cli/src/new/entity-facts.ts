import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, parse, type TypeNode } from 'graphql';
import { nearestName } from '../nearest-name.ts';
import type { Subgraph, Topology } from '../topology.ts';

/** What a new subgraph must know of the entity that it extends. */
export interface EntityFacts {
  name: string;
  /** The subgraph that owns it. */
  owner: string;
  /** As SDL, quotes included; empty when it has none. */
  description: string;
  key: { name: string; type: 'ID' | 'String'; description: string };
  /** A field of the owner's that shows a join: scalar, not null, without arguments. */
  sampleField: string | undefined;
  /** The field of Query that lists it, when it answers without arguments and the data set fills it. */
  listField: string | undefined;
}

/** Everything that is defined already, so that a new name can be held against it. */
export interface TakenNames {
  types: ReadonlyMap<string, string>;
  /** `Query.review`, by the subgraph that has it. */
  fields: ReadonlyMap<string, string>;
}

interface Schema extends Subgraph {
  types: ObjectTypeDefinitionNode[];
  all: string[];
}

const readSchemas = ({ subgraphs }: Topology): Schema[] =>
  subgraphs.map((subgraph) => {
    try {
      const { definitions } = parse(readFileSync(subgraph.schemaFile, 'utf8'));
      const types = definitions.filter(
        (definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION,
      ) as ObjectTypeDefinitionNode[];
      const all = definitions.flatMap((definition) => ('name' in definition && definition.name !== undefined ? [definition.name.value] : []));
      return { ...subgraph, types, all };
    } catch (error) {
      throw new StartupError(
        `the schema of ${subgraph.name} cannot be read: ${(error as Error).message}`,
        'correct it first: npm run compose',
        error,
      );
    }
  });

export const takenNames = (topology: Topology): TakenNames => {
  const schemas = readSchemas(topology);
  return {
    types: new Map(schemas.flatMap(({ name, all }) => all.map((type) => [type, name] as const))),
    fields: new Map(
      schemas.flatMap((schema) =>
        schema.types.flatMap((type) => (type.fields ?? []).map((field) => [`${type.name.value}.${field.name.value}`, schema.name] as const)),
      ),
    ),
  };
};

/** The fields of each resolvable `@key`. */
const keysOf = ({ directives = [] }: ObjectTypeDefinitionNode): string[] =>
  directives
    .filter(({ name, arguments: given = [] }) => {
      const resolvable = given.find((argument) => argument.name.value === 'resolvable')?.value;
      return name.value === 'key' && !(resolvable?.kind === Kind.BOOLEAN && !resolvable.value);
    })
    .flatMap(({ arguments: given = [] }) =>
      given.flatMap(({ name, value }) => (name.value === 'fields' && value.kind === Kind.STRING ? [value.value.trim()] : [])),
    );

const isNonNull = ({ type }: FieldDefinitionNode): boolean => type.kind === Kind.NON_NULL_TYPE;
const isExternal = ({ directives = [] }: FieldDefinitionNode): boolean => directives.some(({ name }) => name.value === 'external');
const namedType = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type));
const textOf = (description: { loc?: { startToken: { start: number }; endToken: { end: number }; source: { body: string } } } | undefined): string =>
  description?.loc === undefined
    ? ''
    : description.loc.source.body.slice(description.loc.startToken.start, description.loc.endToken.end).replace(/\n {2,}/g, '\n');

/** Decision 0005: only the owner has fields beside the key that are never null. */
const isOwner = (type: ObjectTypeDefinitionNode): boolean =>
  (type.fields ?? []).some((field) => isNonNull(field) && !isExternal(field) && !keysOf(type).join(' ').split(/\W+/).includes(field.name.value));

const listFieldOf = ({ types, folder }: Schema, entity: string): string | undefined => {
  if (!existsSync(join(folder, 'src', 'import.ts'))) return undefined;
  const query = types.find(({ name }) => name.value === 'Query');
  const connection = `${entity}Connection`;
  return query?.fields?.find(
    ({ type, arguments: args = [] }) =>
      namedType(type) === connection &&
      args.every((argument) => argument.type.kind !== Kind.NON_NULL_TYPE) &&
      args.some(({ name }) => name.value === 'first'),
  )?.name.value;
};

/**
 * @throws StartupError when no subgraph owns such an entity, naming those there are, or when none of its keys is one ID or String.
 */
export const entityFacts = (topology: Topology, entity: string): EntityFacts => {
  const schemas = readSchemas(topology);
  const owned = schemas.flatMap((schema) =>
    schema.types.filter((type) => keysOf(type).length > 0 && isOwner(type)).map((type) => ({ schema, type })),
  );
  const found = owned.find(({ type }) => type.name.value === entity);
  if (found === undefined) {
    const names = [...new Set(owned.map(({ type }) => type.name.value))].sort();
    const near = nearestName(entity, names);
    throw new StartupError(
      `there is no entity '${entity}'`,
      `${near === undefined ? '' : `did you mean ${near}? `}entities that can be extended: ${names.join(', ')}`,
    );
  }
  const { schema, type } = found;
  const fieldOf = (name: string): FieldDefinitionNode | undefined => type.fields?.find((field) => field.name.value === name);
  const key = keysOf(type)
    .map(fieldOf)
    .find((field) => field !== undefined && isNonNull(field) && ['ID', 'String'].includes(namedType(field.type)));
  if (key === undefined)
    throw new StartupError(
      `no key of ${entity} is one field of type ID! or String!: ${keysOf(type).join(', ')}`,
      `give it such a key in ${schema.name}, or write the subgraph by hand`,
    );
  const sample = type.fields?.find(
    (field) =>
      isNonNull(field) &&
      field.name.value !== key.name.value &&
      (field.arguments ?? []).length === 0 &&
      (field.directives ?? []).every(({ name }) => name.value === 'tag' || name.value === 'shareable') &&
      namedType(field.type) === 'String',
  );
  return {
    name: entity,
    owner: schema.name,
    description: textOf(type.description),
    key: { name: key.name.value, type: namedType(key.type) as 'ID' | 'String', description: textOf(key.description) },
    sampleField: sample?.name.value,
    listField: listFieldOf(schema, entity),
  };
};

import { buildSchema, type GraphQLSchema } from 'graphql';
import { composeContracts, readContracts } from '../contracts.ts';
import { createOperationPlanner } from '../plan/plan-operation.ts';
import { type FieldModel, isEntity, ownerOf, readSupergraphModel, type SupergraphModel, type TypeModel } from '../supergraph-model.ts';
import type { Topology } from '../topology.ts';
import { type Usage, usagesOf } from './operation-usage.ts';
import { placesIn, type SchemaPlace } from './schema-places.ts';

/** All that is known of a type or a field of the graph. */
export interface CoordinateExplanation {
  coordinate: string;
  /** `type`, `enum` and so on; of a field its type. */
  kind: string;
  description: string | undefined;
  owner: string | undefined;
  /** Rows of what each subgraph has to do with it. */
  subgraphs: readonly { subgraph: string; role: string }[];
  keys: readonly { subgraph: string; fields: string; resolvable: boolean }[];
  /** Of a field that leads to an entity of another subgraph: where its data comes from. */
  leadsTo: string | undefined;
  referencedBy: readonly string[];
  guards: readonly string[];
  /** Types of the events that the router answers the field from. */
  events: readonly string[];
  tags: readonly string[];
  contracts: { shown: readonly string[]; hidden: readonly string[] };
  deprecated: string | undefined;
  places: readonly SchemaPlace[];
  usages: readonly Usage[];
  /** How many operations the project knows of. */
  operations: number;
}

const inSchema = (schema: GraphQLSchema, type: string, field: string | undefined): boolean => {
  const found = schema.getType(type);
  if (found === undefined || field === undefined) return found !== undefined;
  return 'getFields' in found && Object.hasOwn(found.getFields(), field);
};

const contractsOf = (topology: Topology, sdl: string, type: string, field: string | undefined): CoordinateExplanation['contracts'] => {
  const { sdls } = composeContracts(sdl, readContracts(topology));
  const shows = ([, text]: [string, string]): boolean => inSchema(buildSchema(text), type, field);
  const all = [...sdls];
  const shown = all.filter(shows).map(([name]) => name);
  return { shown, hidden: all.map(([name]) => name).filter((name) => !shown.includes(name)) };
};

const guardsOf = (model: SupergraphModel, type: TypeModel, field: FieldModel | undefined): string[] => {
  const target = field === undefined ? undefined : model.types.get(field.namedType);
  return [
    ...(field?.guards ?? []),
    ...type.guards.map((guard) => (field === undefined ? guard : `${guard} on ${type.name}`)),
    ...(target?.guards ?? []).map((guard) => `${guard} on ${target?.name}`),
  ];
};

const fieldRoles = (field: FieldModel): { subgraph: string; role: string }[] => [
  ...field.subgraphs.map((subgraph) => ({
    subgraph,
    role: field.events.length === 0 ? 'resolves it' : `gives the ${field.namedType} of each event`,
  })),
  ...field.override.map(({ subgraph, from, label }) => ({ subgraph, role: `takes it over from ${from}${label === undefined ? '' : ` (${label})`}` })),
  ...field.external.map((subgraph) => ({ subgraph, role: 'needs it (@external)' })),
  ...field.requires.map(({ subgraph, fields }) => ({ subgraph, role: `needs ${fields} to resolve it (@requires)` })),
  ...field.provides.map(({ subgraph, fields }) => ({ subgraph, role: `gives ${fields} along with it (@provides)` })),
];

const typeRoles = (type: TypeModel, owner: string | undefined): { subgraph: string; role: string }[] =>
  type.subgraphs.map((subgraph) => {
    const own = type.fields.filter((field) => field.subgraphs.length === 1 && field.subgraphs[0] === subgraph).map(({ name }) => name);
    const what = own.length === 0 ? 'has it too' : `alone resolves ${own.join(', ')}`;
    return {
      subgraph,
      role:
        subgraph === owner ? `owns it${own.length === type.fields.length ? ' whole' : `, ${what}`}` : isEntity(type) ? `extends it, ${what}` : what,
    };
  });

const leadsTo = (model: SupergraphModel, field: FieldModel | undefined): string | undefined => {
  const target = field === undefined ? undefined : model.types.get(field.namedType);
  if (field === undefined || target === undefined || !isEntity(target)) return undefined;
  const owner = ownerOf(target);
  if (owner === undefined || field.subgraphs.includes(owner)) return undefined;
  const keys = target.keys.filter(({ subgraph, resolvable }) => subgraph === owner && resolvable).map(({ fields }) => fields);
  return `${target.name}, an entity of ${owner}: the router asks ${owner} for the rest by ${keys.join(' or ')}`;
};

const referencesTo = (model: SupergraphModel, type: string): string[] =>
  [...model.types.values()].flatMap(({ name, fields }) =>
    fields.filter(({ namedType }) => namedType === type).map((field) => `${name}.${field.name}`),
  );

/** Every coordinate of a type's or field's form, for "did you mean". */
export const knownCoordinates = (model: SupergraphModel): string[] =>
  [...model.types.values()].flatMap(({ name, fields }) => [name, ...fields.map((field) => `${name}.${field.name}`)]);

/**
 * @param coordinate `Order` or `Order.customer`.
 * @returns undefined when the graph has no such type or field.
 * @throws StartupError when a client's operations cannot be read.
 */
export const explainCoordinate = (topology: Topology, sdl: string, coordinate: string): CoordinateExplanation | undefined => {
  const [typeName = '', fieldName] = coordinate.split('.');
  const model = readSupergraphModel(sdl);
  const type = model.types.get(typeName);
  const field = type?.fields.find(({ name }) => name === fieldName);
  if (type === undefined || (fieldName !== undefined && field === undefined)) return undefined;
  const owner = field === undefined ? ownerOf(type) : (field.override[0]?.subgraph ?? field.subgraphs[0]);
  const { apiSchema } = createOperationPlanner(sdl);
  return {
    coordinate,
    kind: field === undefined ? type.kind : field.type,
    description: (field ?? type).description,
    owner,
    subgraphs: field === undefined ? typeRoles(type, owner) : fieldRoles(field),
    keys: field === undefined ? type.keys : [],
    leadsTo: leadsTo(model, field),
    referencedBy: field === undefined ? referencesTo(model, type.name) : [],
    guards: guardsOf(model, type, field),
    events: field?.events ?? [],
    tags: (field ?? type).tags,
    contracts: contractsOf(topology, sdl, typeName, fieldName),
    deprecated: field?.deprecated,
    places: placesIn(topology, typeName, fieldName),
    ...usagesOf(topology.root, apiSchema, typeName, fieldName),
  };
};

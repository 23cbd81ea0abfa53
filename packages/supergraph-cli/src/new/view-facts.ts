import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  GraphQLNonNull,
  type GraphQLObjectType,
  getNamedType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { nearestName } from '../nearest-name.ts';
import { readSupergraphModel, type SupergraphModel } from '../supergraph-model.ts';

/** What a first draft of a screen is made from: a field of Query that its contract has. */
export interface ViewFacts {
  field: string;
  /** The arguments that must be given: they are the path. */
  params: readonly { name: string; type: string; description: string; example: string | undefined }[];
  /** A connection's pages. */
  isList: boolean;
  /** The type of what is shown. */
  type: string;
  /** Its fields that are plain values and that everybody may see who may see it. */
  leaves: readonly string[];
  /** Nobody sees it without being signed in. */
  isGuarded: boolean;
}

type Field = GraphQLField<unknown, unknown>;

const MOST_LEAVES = 6;
const EXAMPLE = /for instance `([^`]+)`/;

const isRequired = ({ type, defaultValue }: GraphQLArgument): boolean => isNonNullType(type) && defaultValue === undefined;
const isText = ({ type }: GraphQLArgument): boolean => ['ID', 'String'].includes(String(type instanceof GraphQLNonNull ? type.ofType : type));
const argument = ({ args }: Field, name: string): GraphQLArgument | undefined => args.find((candidate) => candidate.name === name);

/** The type in the pages of a connection. */
const nodeOf = (field: Field): GraphQLObjectType | undefined => {
  const type = getNamedType(field.type);
  const { nodes, pageInfo } = isObjectType(type) ? type.getFields() : {};
  const node = nodes && getNamedType(nodes.type);
  return pageInfo !== undefined && isObjectType(node) && argument(field, 'first') && argument(field, 'after') ? node : undefined;
};

const canBeShown = (field: Field): boolean => {
  const type = getNamedType(field.type);
  if (!isObjectType(type) || field.args.some((one) => isRequired(one) && !isText(one))) return false;
  return nodeOf(field) !== undefined || !('nodes' in type.getFields());
};

const guardsOf = (model: SupergraphModel, type: string, field?: string): readonly string[] => {
  const found = model.types.get(type);
  return (field === undefined ? found?.guards : found?.fields.find(({ name }) => name === field)?.guards) ?? [];
};

/** The field that is meant: the one that is named, else the one that sounds like the view, else the first open list. */
const choose = (fields: readonly Field[], model: SupergraphModel, contract: string, view: string, wanted: string | undefined): Field => {
  const names = fields.map(({ name }) => name);
  const meant = wanted ?? names.find((name) => name === view || name === `${view}s`);
  const found =
    meant === undefined
      ? fields.find((field) => nodeOf(field) !== undefined && guardsOf(model, 'Query', field.name).length === 0 && !field.args.some(isRequired))
      : fields.find(({ name }) => name === meant);
  if (found !== undefined) return found;
  const near = wanted === undefined ? undefined : nearestName(wanted, names);
  throw new StartupError(
    wanted === undefined ? `contracts/${contract}.graphql has no open list` : `a view cannot begin with Query.${wanted} of the contract ${contract}`,
    `${near === undefined ? '' : `did you mean ${near}? `}--field is one of: ${names.join(', ')}`,
  );
};

/**
 * @param view its name in camel case.
 * @param wanted a field of Query.
 * @throws StartupError when the contract has no such field, or one that takes more than texts.
 */
export const viewFacts = (root: string, contract: string, view: string, wanted: string | undefined): ViewFacts => {
  const file = join(root, 'contracts', `${contract}.graphql`);
  if (!existsSync(file)) throw new StartupError(`there is no contracts/${contract}.graphql`, 'run npm run compose first');
  const fields = Object.values(buildSchema(readFileSync(file, 'utf8')).getQueryType()?.getFields() ?? {}).filter(canBeShown);
  const model = readSupergraphModel(readFileSync(join(root, 'supergraph.graphql'), 'utf8'));
  const field = choose(fields, model, contract, view, wanted);
  const shown = nodeOf(field) ?? (getNamedType(field.type) as GraphQLObjectType);
  const leaves = Object.values(shown.getFields()).filter(
    ({ name, type, args }) =>
      isLeafType(getNamedType(type)) && isNonNullType(type) && args.length === 0 && guardsOf(model, shown.name, name).length === 0,
  );
  return {
    field: field.name,
    params: field.args.filter(isRequired).map(({ name, type, description }) => ({
      name,
      type: String(type),
      description: (description ?? `Its ${name}.`).replace(/,? ?for instance `[^`]+`/, ''),
      example: EXAMPLE.exec(description ?? '')?.[1],
    })),
    isList: nodeOf(field) !== undefined,
    type: shown.name,
    leaves: leaves.length === 0 ? ['__typename'] : leaves.slice(0, MOST_LEAVES).map(({ name }) => name),
    isGuarded: [...guardsOf(model, 'Query', field.name), ...guardsOf(model, shown.name)].length > 0,
  };
};

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { type DefinitionNode, type NameNode, parse, Source } from 'graphql';
import type { Topology } from '../topology.ts';

/** Where a subgraph's schema defines or extends something: `subgraphs/order/schema.graphql:41:3`. */
export interface SchemaPlace {
  subgraph: string;
  place: string;
}

const nameNodeIn = (definition: DefinitionNode, type: string, field: string | undefined): NameNode | undefined => {
  if (!('name' in definition) || definition.name?.value !== type) return undefined;
  if (field === undefined) return definition.name;
  return 'fields' in definition ? definition.fields?.find(({ name }) => name.value === field)?.name : undefined;
};

/** The definitions of a type, or of its field, in the schemas of all subgraphs. */
export const placesIn = ({ root, subgraphs }: Topology, type: string, field: string | undefined): SchemaPlace[] =>
  subgraphs.flatMap(({ name: subgraph, schemaFile }) => {
    const file = relative(root, schemaFile);
    return parse(new Source(readFileSync(schemaFile, 'utf8'), file)).definitions.flatMap((definition) => {
      const token = nameNodeIn(definition, type, field)?.loc?.startToken;
      return token === undefined ? [] : [{ subgraph, place: `${file}:${token.line}:${token.column}` }];
    });
  });

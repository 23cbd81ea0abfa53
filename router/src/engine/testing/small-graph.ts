import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { gql } from 'graphql-tag';
import { type BothEngines, type EngineAnswer, type Mutant, startBothEngines } from './both-engines.ts';
import type { SubgraphReply } from './in-process-subgraph.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable", "@override", "@inaccessible", "@interfaceObject", "@context", "@fromContext"])';

// biome-ignore lint/suspicious/noExplicitAny: resolvers of any schema.
type Resolvers = any;

export interface AskedQuestion {
  service: string;
  query: string;
  variables: Record<string, unknown>;
}

export interface SmallGraphAnswer extends EngineAnswer {
  /** What subgraphs were asked, in this order. */
  asked: AskedQuestion[];
  /** The plan as JSON, to see which nodes a case is about: of the client's own names, which may be impossible. */
  plan: string;
}

export interface SmallGraph {
  /** @param spoil changes what a subgraph answers. */
  ask(
    query: string,
    variables?: Record<string, unknown>,
    spoil?: (service: string, reply: SubgraphReply) => SubgraphReply,
  ): Promise<SmallGraphAnswer>;
  both: BothEngines;
}

/** A few subgraphs by hand, answered by our engine without a network. @param mutant a bug in it, for all operations. */
export const startSmallGraph = async (
  subgraphs: Readonly<Record<string, readonly [sdl: string, resolvers: Resolvers]>>,
  mutant?: Mutant,
): Promise<SmallGraph> => {
  const named = Object.entries(subgraphs).map(([name, [sdl, resolvers]]) => ({
    name,
    sdl: `${LINK}\n${sdl}`,
    resolvers,
    url: `http://${name}.test/`,
  }));
  const both = await startBothEngines(named);
  const schemas = new Map(named.map(({ name, sdl, resolvers }) => [name, buildSubgraphSchema([{ typeDefs: gql(sdl), resolvers }])]));
  return {
    both,
    ask: async (query, variables = {}, spoil = (_service, reply) => reply) => {
      const question = { document: parse(query, { noLocation: true }), text: query, variables };
      const asked: AskedQuestion[] = [];
      const answer = await both.ours(
        question,
        async (service, { query: source, variables: given }) => {
          asked.push({ service, query: source, variables: given });
          const schema = schemas.get(service);
          if (schema === undefined) throw new Error(`the plan asks ${service}, which is not there`);
          const reply = await graphql({ schema, source, variableValues: given });
          return spoil(service, JSON.parse(JSON.stringify(reply)) as SubgraphReply);
        },
        mutant,
      );
      return { ...answer, asked, plan: await both.planOf(question).then(JSON.stringify, String) };
    },
  };
};

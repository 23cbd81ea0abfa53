import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { gql } from 'graphql-tag';
import type { StreamedResult } from '../../streams/operation-stream.ts';
import type { EngineAnswer, Question, Send } from './both-engines.ts';
import { allOf, createDeferredGraph, type DeferredGraph } from './deferred-graph.ts';
import type { SubgraphReply } from './in-process-subgraph.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable", "@inaccessible", "@interfaceObject"])';

// biome-ignore lint/suspicious/noExplicitAny: resolvers of any schema.
type Resolvers = any;

export interface SmallDeferredGraph {
  graph: DeferredGraph;
  question(text: string, variables?: Record<string, unknown>): Question;
  /** Answers from the resolvers, after noting what is asked. @param before is waited for before a subgraph is asked. */
  sender(asked: string[], before?: (service: string, query: string) => Promise<void> | void): Send;
  /** All parts, as JSON. */
  defer(text: string, variables?: Record<string, unknown>, send?: Send): Promise<StreamedResult[]>;
  whole(text: string, variables?: Record<string, unknown>): Promise<EngineAnswer>;
}

/** A few subgraphs by hand, answered part by part. */
export const createSmallDeferredGraph = (subgraphs: Readonly<Record<string, readonly [sdl: string, resolvers: Resolvers]>>): SmallDeferredGraph => {
  const named = Object.entries(subgraphs).map(([name, [sdl, resolvers]]) => ({
    name,
    sdl: `${LINK}\n${sdl}`,
    resolvers,
    url: `http://${name}.test/`,
  }));
  const graph = createDeferredGraph(named);
  const schemas = new Map(named.map(({ name, sdl, resolvers }) => [name, buildSubgraphSchema([{ typeDefs: gql(sdl), resolvers }])]));
  const question: SmallDeferredGraph['question'] = (text, variables = {}) => ({ document: parse(text, { noLocation: true }), text, variables });
  const sender: SmallDeferredGraph['sender'] =
    (asked, before = () => undefined) =>
    async (service, { query: source, variables }) => {
      asked.push(service);
      await before(service, source);
      const schema = schemas.get(service);
      if (schema === undefined) throw new Error(`the plan asks ${service}, which is not there`);
      return JSON.parse(JSON.stringify(await graphql({ schema, source, variableValues: variables }))) as SubgraphReply;
    };
  return {
    graph,
    question,
    sender,
    defer: async (text, variables = {}, send = sender([])) => {
      const results = graph.start(question(text, variables), send);
      if (results === undefined) throw new Error('it is answered whole');
      return allOf(results);
    },
    whole: (text, variables = {}) => graph.whole(question(text, variables), sender([])),
  };
};

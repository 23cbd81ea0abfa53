import { parentPort, workerData } from 'node:worker_threads';
import { operationFromDocument, ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';
import { readPlannedNames } from './planned-names.ts';
import type { PlanAnswer, PlanQuestion } from './planner.ts';

// Apollo's planner is synchronous and may take long: here it holds up nobody but those who wait for its plan.
const { supergraphSdl } = workerData as { supergraphSdl: string };
const supergraph = Supergraph.build(supergraphSdl, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, validateSupergraph: false });
const schema = supergraph.apiSchema();
const names = readPlannedNames(parse(supergraphSdl, { noLocation: true }));
const planner = new QueryPlanner(supergraph);

const answer = ({ id, query, operationName, overrideLabels }: PlanQuestion): PlanAnswer => {
  try {
    const document = names.rename(parse(query, { noLocation: true }));
    const operation = operationFromDocument(schema, document, {
      ...(operationName === undefined ? {} : { operationName }),
      validate: false,
    });
    const overrideConditions = new Map(overrideLabels.map((label) => [label, true]));
    const plan = planner.buildQueryPlan(operation, { overrideConditions });
    // Through JSON: what is not data, for instance a getter, does not cross to another thread.
    return { id, plan: JSON.stringify(plan) };
  } catch (error) {
    return { id, problem: (error as Error).message };
  }
};

parentPort?.on('message', (question: PlanQuestion) => parentPort?.postMessage(answer(question)));
parentPort?.postMessage('ready');

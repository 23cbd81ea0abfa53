import { parentPort, workerData } from 'node:worker_threads';
import { operationFromDocument, ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';
import { withoutDefer } from '../engine/defer/defer-document.ts';
import { readPlannedNames } from './planned-names.ts';
import type { PlanAnswer, PlanQuestion } from './planner.ts';
import { repairPathTrees } from './repair-path-trees.ts';

// Apollo's planner is synchronous and may take long: here it holds up nobody but those who wait for its plan.
const { supergraphSdl } = workerData as { supergraphSdl: string };
repairPathTrees(supergraphSdl);
const supergraph = Supergraph.build(supergraphSdl, { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, validateSupergraph: false });
const schema = supergraph.apiSchema();
const names = readPlannedNames(parse(supergraphSdl, { noLocation: true }));
const planner = new QueryPlanner(supergraph, { incrementalDelivery: { enableDefer: true } });

const answer = ({ id, query, operationName, overrideLabels, defers }: PlanQuestion): PlanAnswer => {
  try {
    const asked = parse(query, { noLocation: true });
    const document = names.rename(defers === true ? asked : withoutDefer(asked));
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

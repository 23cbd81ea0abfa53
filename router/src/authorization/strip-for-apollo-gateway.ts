import { StartupError } from '@supergraph/service/startup-error';
import { type ConstDirectiveNode, type DocumentNode, Kind, parse, print, visit } from 'graphql';
import { authorizationDirectiveOf, isAuthorizationFeature, isContextFeature, type LinkedFeature, readLinkedFeatures } from './linked-features.ts';
import { onOneGraph } from './on-one-graph.ts';

/** Elements that a specification brings along are prefixed with its name, or imported. */
const belongsTo = (features: readonly LinkedFeature[], name: string): boolean =>
  features.some((feature) => name.startsWith(`${feature.name}__`) || feature.imports.has(name));

/**
 * A copy of a supergraph for stock ApolloGateway, which refuses authorization and context directives: without their links,
 * definitions and uses. It protects nothing, so whoever loads it must enforce what `readAuthorizationRules` read from the original.
 * With contexts it shows the schema only: nothing can be planned on it.
 */
export const stripForApolloGateway = (supergraphSdl: string): string => {
  const document = parse(supergraphSdl, { noLocation: true });
  const all = readLinkedFeatures(document);
  const contexts = all.filter(isContextFeature);
  const features = [...all.filter(isAuthorizationFeature), ...contexts];
  if (features.length === 0) return supergraphSdl;
  const links = new Set<unknown>(features.map(({ node }) => node));
  const isTheirs = (name: string): boolean =>
    authorizationDirectiveOf(all, name) !== undefined || contexts.some((feature) => feature.name === name) || belongsTo(contexts, name);
  const stripped: DocumentNode = visit(document, {
    DirectiveDefinition: (node) => (isTheirs(node.name.value) ? null : undefined),
    Directive: (node) => (links.has(node as ConstDirectiveNode) || isTheirs(node.name.value) ? null : undefined),
    [Kind.SCALAR_TYPE_DEFINITION]: { enter: (node) => (belongsTo(features, node.name.value) ? null : undefined) },
  });
  // Fields that only context arguments take of other subgraphs would be left over, which ApolloGateway does not load.
  return print(contexts.length === 0 ? stripped : onOneGraph(stripped));
};

/** @throws StartupError when fields take context arguments, which ApolloGateway's own execution would leave out. */
export const assertNoContextArguments = (supergraphSdl: string): void => {
  if (!readLinkedFeatures(parse(supergraphSdl, { noLocation: true })).some(isContextFeature)) return;
  throw new StartupError(
    'ROUTER_ENGINE=apollo cannot serve this supergraph: ApolloGateway does not pass context arguments (@fromContext)',
    'leave ROUTER_ENGINE out, or take @context and @fromContext out of the subgraphs and compose again',
  );
};

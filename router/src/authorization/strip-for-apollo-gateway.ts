import { type ConstDirectiveNode, Kind, parse, print, visit } from 'graphql';
import { authorizationDirectiveOf, isAuthorizationFeature, type LinkedFeature, readLinkedFeatures } from './linked-features.ts';

/** Elements that a specification brings along are prefixed with its name, or imported. */
const belongsTo = (features: readonly LinkedFeature[], name: string): boolean =>
  features.some((feature) => name.startsWith(`${feature.name}__`) || feature.imports.has(name));

/**
 * A copy of a supergraph for stock ApolloGateway, which refuses authorization directives: without their links, definitions
 * and uses. It protects nothing, so whoever loads it must enforce what `readAuthorizationRules` read from the original.
 */
export const stripForApolloGateway = (supergraphSdl: string): string => {
  const document = parse(supergraphSdl, { noLocation: true });
  const all = readLinkedFeatures(document);
  const features = all.filter(isAuthorizationFeature);
  if (features.length === 0) return supergraphSdl;
  const links = new Set<unknown>(features.map(({ node }) => node));
  const isTheirs = (name: string): boolean => authorizationDirectiveOf(all, name) !== undefined;
  return print(
    visit(document, {
      DirectiveDefinition: (node) => (isTheirs(node.name.value) ? null : undefined),
      Directive: (node) => (links.has(node as ConstDirectiveNode) || isTheirs(node.name.value) ? null : undefined),
      [Kind.SCALAR_TYPE_DEFINITION]: { enter: (node) => (belongsTo(features, node.name.value) ? null : undefined) },
    }),
  );
};

import { StartupError } from '@supergraph/service/startup-error';
import { type ConstDirectiveNode, type DocumentNode, Kind, type ObjectValueNode, specifiedDirectives, type ValueNode } from 'graphql';

const SPECS = 'https://specs.apollo.dev';
const BUILT_IN = new Set(specifiedDirectives.map(({ name }) => name));

/** A specification that a supergraph's schema definition links, and the names its directives go by there. */
export interface LinkedFeature {
  /** The URL without its version. */
  identity: string;
  version: string | undefined;
  /** What unimported elements are prefixed with, and the name of the directive that is called like the specification. */
  name: string;
  /** Directives (without `@`) by the name they are imported under. */
  imports: ReadonlyMap<string, string>;
  purpose: string | undefined;
  node: ConstDirectiveNode;
}

const AUTHORIZATION_DIRECTIVES = ['authenticated', 'requiresScopes', 'policy'] as const;
export type AuthorizationDirective = (typeof AUTHORIZATION_DIRECTIVES)[number];

/** What this router itself honours, of everything that may be marked as needed for security or execution. */
const ENFORCED = new Map<string, RegExp>([
  ['link', /^v1\.\d+$/],
  ['core', /^v0\.[12]$/],
  ['join', /^v0\.[1-5]$/],
  ['tag', /^v0\.\d+$/],
  ['inaccessible', /^v0\.\d+$/],
  ['cost', /^v0\.1$/],
  ['context', /^v0\.1$/],
  ...AUTHORIZATION_DIRECTIVES.map((name): [string, RegExp] => [name, /^v0\.1$/]),
]);

const argument = (node: ConstDirectiveNode, ...names: string[]): ValueNode | undefined =>
  node.arguments?.find(({ name }) => names.includes(name.value))?.value;

const text = (value: ValueNode | undefined): string | undefined =>
  value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;

const withoutAt = (name: string): string => name.replace(/^@/, '');

const renamed = (item: ObjectValueNode): [string, string] | undefined => {
  const field = (name: string): string | undefined => text(item.fields.find((candidate) => candidate.name.value === name)?.value);
  const name = field('name');
  return name?.startsWith('@') ? [withoutAt(field('as') ?? name), withoutAt(name)] : undefined;
};

const importsOf = (value: ValueNode | undefined): Map<string, string> => {
  const imports = new Map<string, string>();
  if (value?.kind !== Kind.LIST) return imports;
  for (const item of value.values) {
    const name = text(item);
    if (name?.startsWith('@')) imports.set(withoutAt(name), withoutAt(name));
    const pair = item.kind === Kind.OBJECT ? renamed(item) : undefined;
    if (pair !== undefined) imports.set(...pair);
  }
  return imports;
};

const toFeature = (node: ConstDirectiveNode): LinkedFeature | undefined => {
  const url = text(argument(node, 'url', 'feature'));
  if (url === undefined) return undefined;
  const [, identity = url, version] = /^(.*?)(?:\/(v\d+\.\d+))?\/?$/.exec(url) ?? [];
  return {
    identity,
    version,
    name: text(argument(node, 'as')) ?? identity.slice(identity.lastIndexOf('/') + 1),
    imports: importsOf(argument(node, 'import')),
    purpose: text(argument(node, 'for')),
    node,
  };
};

/** Every `@link` (or `@core`) of the supergraph's schema definition and its extensions. */
export const readLinkedFeatures = (supergraph: DocumentNode): LinkedFeature[] =>
  supergraph.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? []).flatMap((node) => toFeature(node) ?? [])
      : [],
  );

const specificationOf = ({ identity }: LinkedFeature): string | undefined =>
  identity.startsWith(`${SPECS}/`) ? identity.slice(SPECS.length + 1) : undefined;

export const isAuthorizationFeature = (feature: LinkedFeature): boolean =>
  AUTHORIZATION_DIRECTIVES.some((directive) => directive === specificationOf(feature));

export const isContextFeature = (feature: LinkedFeature): boolean => specificationOf(feature) === 'context';

/** @throws StartupError for a linked feature that is needed for security or execution and that this router does not enforce. */
export const assertFeaturesEnforced = (features: readonly LinkedFeature[]): void => {
  for (const feature of features) {
    const specification = specificationOf(feature) ?? '';
    const versions = ENFORCED.get(specification);
    const mustBeEnforced = feature.purpose !== undefined || isAuthorizationFeature(feature);
    if (!mustBeEnforced || versions?.test(feature.version ?? '')) continue;
    const purpose = feature.purpose === undefined ? '' : `, which is for: ${feature.purpose}`;
    throw new StartupError(
      `the supergraph links ${feature.identity}${feature.version === undefined ? '' : `/${feature.version}`}${purpose}, and this router does not enforce it`,
      'remove its directives from the subgraphs and compose again; taking only the @link away would leave the graph unprotected',
    );
  }
};

/** What a directive is, by the name it is used under: undefined for an authorization directive that goes by another specification's name. */
const featureOf = (features: readonly LinkedFeature[], used: string): LinkedFeature | undefined =>
  features.find(({ imports }) => imports.has(used)) ?? features.find(({ name }) => used === name || used.startsWith(`${name}__`));

/** The authorization directive that `used` stands for in this supergraph, through imports, renames, aliases and prefixes. */
export const authorizationDirectiveOf = (features: readonly LinkedFeature[], used: string): AuthorizationDirective | undefined => {
  const feature = featureOf(features, used);
  const specification = feature === undefined ? undefined : AUTHORIZATION_DIRECTIVES.find((name) => name === specificationOf(feature));
  if (feature === undefined || specification === undefined) return undefined;
  const directive = feature.imports.get(used) ?? (used === feature.name ? specification : used.slice(feature.name.length + 2));
  return directive === specification ? specification : undefined;
};

/**
 * A composed supergraph links every directive it uses. One that is used and not linked was stripped by hand, and what it
 * protected would be served to everybody.
 * @throws StartupError
 */
export const assertLinked = (features: readonly LinkedFeature[], used: string): void => {
  if (BUILT_IN.has(used) || featureOf(features, used) !== undefined) return;
  const known = AUTHORIZATION_DIRECTIVES.some((name) => used === name || used.endsWith(`__${name}`) || used.startsWith(`${name}__`));
  throw new StartupError(
    known ? `authorization directives present but not linked: the supergraph uses @${used}` : `the supergraph uses @${used}, which no @link declares`,
    'serve what composition wrote, unedited',
  );
};

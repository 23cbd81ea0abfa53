import { CLIENT_NAME as CLIENT_FOLDER, CONTRACT_NAME, TAG } from '@supergraph/contracts/contract-settings';
import { TOKEN_ALGORITHMS } from '@supergraph/identity/token-verifier';
import type { z } from 'zod';
import {
  addressOrRange,
  byName,
  flag,
  folder,
  keysUrl,
  list,
  matching,
  oneOf,
  origin,
  percentage,
  section,
  share,
  text,
  urlPath,
  wholeNumber,
} from './setting-kinds.ts';

const MEBIBYTE = 1_048_576;
const HOUR_MS = 3_600_000;
const DAY_SECONDS = 86_400;
const MILLION = 1_000_000;
const MAX_ISSUERS = 20;
const MAX_ENTRIES = 200;
const MAX_CONTRACTS = 20;
const MAX_TAGS = 100;
const MAX_CLIENTS = 100;

const SUBGRAPH_NAME = /^[A-Za-z][\w-]{0,63}$/;
/** As `@override` allows it, `percent(x)` among them. */
const OVERRIDE_LABEL = /^[A-Za-z][\w\-:./]*$|^percent\(\d{1,3}(\.\d{1,8})?\)$/;
const CALLING_CLIENT = /^@?[A-Za-z][\w./ -]{0,63}$/;

const milliseconds = () => wholeNumber(1, HOUR_MS);
const budget = (standard: number) => wholeNumber(1, 1000 * MILLION).default(standard);

const operationLimits = {
  tokens: wholeNumber(1, 100_000),
  depth: wholeNumber(1, 1_000),
  aliases: wholeNumber(0, 100_000),
  rootFields: wholeNumber(1, 10_000),
  directives: wholeNumber(0, 100_000),
  expandedSelections: wholeNumber(1, MILLION),
  listSize: wholeNumber(1, 100_000),
  variables: wholeNumber(0, 10_000),
  variablesBytes: wholeNumber(2, 16 * MEBIBYTE),
};

const limits = section({
  enabled: flag().default(true),
  bodyBytes: wholeNumber(1024, 16 * MEBIBYTE).default(262_144),
  tokens: operationLimits.tokens.default(2_000),
  depth: operationLimits.depth.default(15),
  aliases: operationLimits.aliases.default(30),
  rootFields: operationLimits.rootFields.default(20),
  directives: operationLimits.directives.default(50),
  expandedSelections: operationLimits.expandedSelections.default(1_000),
  listSize: operationLimits.listSize.default(100),
  variables: operationLimits.variables.default(100),
  variablesBytes: operationLimits.variablesBytes.default(65_536),
});

const cost = section({
  enabled: flag().default(true),
  assumedListSize: wholeNumber(0, 10_000).default(10),
  budgets: section({
    anonymous: budget(20_000),
    customer: budget(50_000),
    staff: budget(200_000),
    admin: budget(200_000),
    service: budget(200_000),
  }).prefault({}),
});

const points = () => wholeNumber(1, 1000 * MILLION);
const perSeconds = () => wholeNumber(1, DAY_SECONDS);
const bucket = (standardPoints: number) => section({ points: points().default(standardPoints), perSeconds: perSeconds().default(60) }).prefault({});

const rateLimits = section({
  enabled: flag().default(true),
  anonymous: bucket(1_000),
  authenticated: bucket(3_000),
  operationCost: bucket(2_000_000),
  clients: byName(section({ points: points(), perSeconds: perSeconds() }), CALLING_CLIENT, MAX_ENTRIES).prefault({}),
  signIn: bucket(30),
  trustedProxies: list(addressOrRange(), MAX_ENTRIES).prefault([]),
});

const traffic = section({
  all: section({
    timeoutMs: milliseconds().default(5_000),
    maxConcurrent: wholeNumber(1, 10_000).default(100),
    maxQueued: wholeNumber(0, 100_000).default(200),
    maxResponseBytes: wholeNumber(1024, 1024 * MEBIBYTE).default(10 * MEBIBYTE),
    retries: section({ max: wholeNumber(0, 5).default(1), budgetRatio: share().default(0.2) }).prefault({}),
    breaker: section({
      failures: wholeNumber(1, 1_000).default(5),
      openMs: milliseconds().default(5_000),
      halfOpenProbes: wholeNumber(1, 100).default(1),
    }).prefault({}),
    coalesce: flag().default(true),
    share: flag().default(false),
  }).prefault({}),
  subgraphs: byName(
    section({
      timeoutMs: milliseconds().exactOptional(),
      maxConcurrent: wholeNumber(1, 10_000).exactOptional(),
      maxQueued: wholeNumber(0, 100_000).exactOptional(),
      maxResponseBytes: wholeNumber(1024, 1024 * MEBIBYTE).exactOptional(),
      retries: section({ max: wholeNumber(0, 5).exactOptional(), budgetRatio: share().exactOptional() }).exactOptional(),
      breaker: section({
        failures: wholeNumber(1, 1_000).exactOptional(),
        openMs: milliseconds().exactOptional(),
        halfOpenProbes: wholeNumber(1, 100).exactOptional(),
      }).exactOptional(),
      coalesce: flag().exactOptional(),
      share: flag().exactOptional(),
    }),
    SUBGRAPH_NAME,
    MAX_ENTRIES,
  ).prefault({}),
});

const requests = section({
  timeoutMs: milliseconds().default(10_000),
  maxInFlight: wholeNumber(1, 100_000).default(1_000),
  maxEventLoopDelayMs: milliseconds().default(500),
  headersTimeoutMs: milliseconds().default(10_000),
  bodyTimeoutMs: milliseconds().default(15_000),
}).refine(({ headersTimeoutMs, bodyTimeoutMs }) => headersTimeoutMs <= bodyTimeoutMs, {
  path: ['bodyTimeoutMs'],
  error: 'expected no less than requests.headersTimeoutMs: the body comes after the headers',
});

const subscriptions = section({
  enabled: flag().default(true),
  max: wholeNumber(1, MILLION).default(10_000),
  maxPerConnection: wholeNumber(1, 100_000).default(100),
  queue: wholeNumber(1, 100_000).default(100),
  heartbeatSeconds: wholeNumber(1, 3_600).default(12),
  slowReaderSeconds: wholeNumber(1, 3_600).default(30),
  initSeconds: wholeNumber(1, 3_600).default(10),
  subgraphs: byName(section({ protocol: oneOf('sse', 'ws').default('sse'), path: urlPath().exactOptional() }), SUBGRAPH_NAME, MAX_ENTRIES).prefault(
    {},
  ),
});

const issuer = section({
  issuer: text(2_048),
  audience: text(2_048),
  jwksUrl: keysUrl(),
  algorithms: list(oneOf(...TOKEN_ALGORITHMS), TOKEN_ALGORITHMS.length)
    .min(1, { error: 'expected at least one algorithm' })
    .prefault(['EdDSA', 'ES256', 'RS256']),
  type: text(64).exactOptional(),
});

const identity = section({
  issuers: list(issuer, MAX_ISSUERS)
    .refine((issuers) => new Set(issuers.map((entry) => entry.issuer)).size === issuers.length, 'expected each issuer once')
    .prefault([]),
});

const tags = () => list(matching(TAG, 'a tag: 1 to 128 letters, digits, -, _ and /'), MAX_TAGS).prefault([]);

const clients = () => list(matching(CLIENT_FOLDER, 'the name of a folder below clients/'), MAX_CLIENTS).prefault([]);

const ownBucket = () => section({ points: points(), perSeconds: perSeconds() }).exactOptional();
const ownBudget = () => wholeNumber(1, 1000 * MILLION).exactOptional();

const contract = section({
  include: tags(),
  exclude: tags(),
  clients: clients(),
  safelist: flag().default(false),
  introspection: oneOf(true, false, 'default').default('default'),
  limits: section({
    tokens: operationLimits.tokens.exactOptional(),
    depth: operationLimits.depth.exactOptional(),
    aliases: operationLimits.aliases.exactOptional(),
    rootFields: operationLimits.rootFields.exactOptional(),
    directives: operationLimits.directives.exactOptional(),
    expandedSelections: operationLimits.expandedSelections.exactOptional(),
    listSize: operationLimits.listSize.exactOptional(),
    variables: operationLimits.variables.exactOptional(),
    variablesBytes: operationLimits.variablesBytes.exactOptional(),
  }).prefault({}),
  cost: section({
    budgets: section({ anonymous: ownBudget(), customer: ownBudget(), staff: ownBudget(), admin: ownBudget(), service: ownBudget() }).prefault({}),
  }).prefault({}),
  rateLimits: section({ anonymous: ownBucket(), authenticated: ownBucket(), operationCost: ownBucket() }).prefault({}),
});

const usage = section({
  folder: folder().default(''),
  flushSeconds: wholeNumber(1, 3_600).default(60),
  operations: wholeNumber(1, 100_000).default(5_000),
  keepDays: wholeNumber(1, 3_650).default(90),
});

export const routerSettingsSchema = section({
  limits: limits.prefault({}),
  cost: cost.prefault({}),
  rateLimits: rateLimits.prefault({}),
  traffic: traffic.prefault({}),
  requests: requests.prefault({}),
  subscriptions: subscriptions.prefault({}),
  operations: section({ share: flag().default(false), clients: clients(), safelist: flag().default(false) }).prefault({}),
  caching: section({ publicSeconds: wholeNumber(0, DAY_SECONDS).default(30) }).prefault({}),
  overrides: byName(percentage(), OVERRIDE_LABEL, MAX_ENTRIES).prefault({}),
  cors: section({ origins: list(origin(), MAX_ENTRIES).prefault([]) }).prefault({}),
  identity: identity.prefault({}),
  usage: usage.prefault({}),
  contracts: byName(contract, CONTRACT_NAME, MAX_CONTRACTS).prefault({}),
  introspection: oneOf(true, false, 'default').default('default'),
});

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: DeepReadonly<T[Name]> }
    : T;

/** What `router.yaml` says, with the defaults filled in; each is described in that file. */
export type RouterSettings = DeepReadonly<z.output<typeof routerSettingsSchema>>;

/** How one subgraph is treated: `traffic.all`, and what `traffic.subgraphs` says about it. */
export const trafficOf = ({ all, subgraphs }: RouterSettings['traffic'], subgraph: string): RouterSettings['traffic']['all'] => {
  const own = Object.hasOwn(subgraphs, subgraph) ? subgraphs[subgraph] : undefined;
  return { ...all, ...own, retries: { ...all.retries, ...own?.retries }, breaker: { ...all.breaker, ...own?.breaker } };
};

/** How a subgraph is subscribed to. */
export const subscriptionSourceOf = (
  { subgraphs }: RouterSettings['subscriptions'],
  subgraph: string,
): NonNullable<RouterSettings['subscriptions']['subgraphs'][string]> =>
  (Object.hasOwn(subgraphs, subgraph) ? subgraphs[subgraph] : undefined) ?? { protocol: 'sse' };

import { HEAVY } from './federation/heavy-query.ts';
import type { Issuer } from './federation/issuer.ts';
import type { Operation } from './federation/load.ts';
import type { GatewayName } from './router-gateways.ts';

/** What the gateways are asked for, and how. */
export interface Workload {
  id: 'heavy-1' | 'heavy-50' | 'me-1' | 'me-16' | 'top-products' | 'cold' | 'mixed';
  title: string;
  /** Requests at a time. */
  concurrency: number;
  /** Of one gateway in one round. */
  requests: number;
  /** Sent ahead of those in each round, and not measured. */
  settling: number;
  /** Before the first round: code has to be compiled and caches filled. After fewer, V8 still compiles while it is measured. */
  warmUp: number;
  gateways: readonly GatewayName[];
  operations: readonly Operation[];
}

/** Where nothing can be shared, a gateway that would share is no other. */
const ALONE: readonly GatewayName[] = ['ours', 'stock', 'hive js', 'hive rust'];
const CROWD: readonly GatewayName[] = [...ALONE, 'ours, fetches shared', 'ours, operations shared', 'hive rust, operations shared'];

const USERS = 20;
const MIXED_OPERATIONS = 600;
const PRODUCT_FIELDS = ['name', 'price', 'weight', 'inStock', 'shippingEstimate'];

/** Each one another document, of the same weight: what is aliased, what is asked of a product, and how deep. */
const coldOperation = (index: number): Operation => {
  const fields = PRODUCT_FIELDS.filter((_, bit) => ((index % 31) + 1) & (1 << bit));
  const review = `id body_${index}: body author { id name }`;
  const query = `query Cold${index} {
    topProducts(first: ${1 + (index % 5)}) { upc_${index}: upc ${fields.join(' ')} reviews { ${review} product { ${fields.join(' ')} } } }
    me { id name reviews { ${review} } }
  }`;
  return { query };
};

const MIXED: readonly { query: string; variablesOf: (turn: number) => Record<string, unknown> }[] = [
  { query: 'query Me { me { id name username } }', variablesOf: () => ({}) },
  {
    query: 'query User($id: ID!) { user(id: $id) { id name username reviews { id body product { upc name inStock } } } }',
    variablesOf: (turn) => ({ id: String(1 + (turn % 6)) }),
  },
  {
    query: 'query Top($first: Int!) { topProducts(first: $first) { upc name price inStock shippingEstimate } }',
    variablesOf: (turn) => ({ first: 1 + (turn % 9) }),
  },
  {
    query: `query Reviews($first: Int!, $withAuthor: Boolean!) {
      topProducts(first: $first) { name reviews { id body author @include(if: $withAuthor) { id name } } }
    }`,
    variablesOf: (turn) => ({ first: 1 + (turn % 5), withAuthor: turn % 2 === 0 }),
  },
];

/** Numbers that look drawn at random, and are the same in each run (a linear congruential generator). */
const drawn = (count: number): number[] => {
  let state = 8;
  return Array.from({ length: count }, () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor(state / 65_536);
  });
};

const mixedOperations = async ({ headersOf }: Issuer): Promise<Operation[]> => {
  const headers = await Promise.all(Array.from({ length: USERS }, (_, user) => headersOf(user + 1)));
  return drawn(MIXED_OPERATIONS).map((number, turn) => {
    const { query, variablesOf } = MIXED[number % MIXED.length] ?? { query: '{ __typename }', variablesOf: () => ({}) };
    const identity = headers[(number >> 4) % USERS];
    return { query, variables: variablesOf(turn), ...(identity === undefined ? {} : { headers: identity }) };
  });
};

export const ROUNDS = 7;
export const QUICK_ROUNDS = 3;

export const createWorkloads = async (issuer: Issuer, rounds: number): Promise<Workload[]> => {
  const cold = { requests: 60, settling: 10, warmUp: 80 };
  const me: Operation = { query: '{ me { id name } }' };
  const topProducts: Operation = { query: '{ topProducts { name inStock } }' };
  return [
    {
      id: 'heavy-1',
      title: 'heavy query, 1 client',
      concurrency: 1,
      requests: 200,
      settling: 150,
      warmUp: 2_000,
      gateways: [...ALONE, 'engine'],
      operations: [HEAVY],
    },
    {
      id: 'heavy-50',
      title: 'heavy query, 50 clients',
      concurrency: 50,
      requests: 300,
      settling: 150,
      warmUp: 2_000,
      gateways: [...CROWD, 'engine'],
      operations: [HEAVY],
    },
    {
      id: 'me-16',
      title: '`{ me { id name } }`, 16 clients',
      concurrency: 16,
      requests: 3_000,
      settling: 1_000,
      warmUp: 10_000,
      gateways: [...CROWD, 'engine', 'bare proxy'],
      operations: [me],
    },
    {
      id: 'me-1',
      title: '`{ me { id name } }`, 1 client',
      concurrency: 1,
      requests: 800,
      settling: 400,
      warmUp: 3_000,
      gateways: [...ALONE, 'engine', 'bare proxy'],
      operations: [me],
    },
    {
      id: 'top-products',
      title: '`{ topProducts { name inStock } }`, 1 client',
      concurrency: 1,
      requests: 600,
      settling: 300,
      warmUp: 2_500,
      gateways: ALONE,
      operations: [topProducts],
    },
    {
      id: 'mixed',
      title: `mixed: ${MIXED.length} operations with other variables and one of ${USERS} users each time, 50 clients`,
      concurrency: 50,
      requests: 600,
      settling: 300,
      warmUp: 2_000,
      gateways: CROWD,
      operations: await mixedOperations(issuer),
    },
    {
      id: 'cold',
      title: 'cold: each operation for the first time, 1 client',
      concurrency: 1,
      ...cold,
      gateways: ALONE,
      operations: Array.from({ length: cold.warmUp + rounds * (cold.settling + cold.requests) }, (_, index) => coldOperation(index)),
    },
  ];
};

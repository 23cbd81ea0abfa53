/** The subgraphs of The Guild's federation benchmark (https://github.com/graphql-hive/graphql-gateways-benchmark): data of the same size. */
export const SUBGRAPH_NAMES = ['accounts', 'inventory', 'products', 'reviews'] as const;
export type SubgraphName = (typeof SUBGRAPH_NAMES)[number];

/** What the router sends to `_entities`; @requires adds price and weight. */
interface Representation {
  __typename: string;
  id?: string;
  upc?: string;
  price?: number | null;
  weight?: number | null;
}

/** The value graphql's default resolvers start from. */
export type RootValue = Record<string, unknown> & { _entities(args: { representations: readonly Representation[] }): unknown[] };

const USERS = ['ada', 'blaise', 'charlotte', 'dmitri', 'emmy', 'fritz'].map((username, index) => ({
  __typename: 'User',
  id: String(index + 1),
  name: `${username.charAt(0).toUpperCase()}${username.slice(1)} Example`,
  username,
  birthday: 1_234_567_890,
}));

const PRODUCTS = [
  { name: 'Table', price: 899, weight: 100, inStock: true },
  { name: 'Couch', price: 1_299, weight: 1_000, inStock: false },
  { name: 'Glass', price: 15, weight: 20, inStock: false },
  { name: 'Chair', price: 499, weight: 100, inStock: false },
  { name: 'Radio', price: 1_299, weight: 1_000, inStock: true },
  { name: 'Lamp', price: 6_999, weight: 300, inStock: true },
  { name: 'Grill', price: 3_999, weight: 2_000, inStock: true },
  { name: 'Fridge', price: 100_000, weight: 6_000, inStock: false },
  { name: 'Sofa', price: 9_999, weight: 800, inStock: true },
].map((product, index) => ({ __typename: 'Product', upc: String(index + 1), ...product }));

const SENTENCE = 'It does what it should, it came in time, and the colour fits the picture; only the manual could be longer. ';
const bodyOf = (length: number): string => SENTENCE.repeat(Math.ceil(length / SENTENCE.length)).slice(0, length);

/** The product and the length of the body of each review. */
const REVIEWED = [
  [1, 445],
  [1, 289],
  [1, 275],
  [1, 143],
  [2, 445],
  [2, 289],
  [2, 275],
  [2, 143],
  [3, 143],
  [4, 143],
  [4, 844],
] as const;

interface Review {
  __typename: string;
  id: string;
  body: string;
  product(): ReviewedProduct;
  author(): Reviewer;
}

const REVIEWS: readonly Review[] = REVIEWED.map(([product, length], index) => ({
  __typename: 'Review',
  id: String(index + 1),
  body: bodyOf(length),
  product: () => reviewedProduct(String(product)),
  author: () => reviewer('1'),
}));

interface Reviewer {
  __typename: string;
  id: string | undefined;
  username: string | undefined;
  reviews(): Review[];
}

interface ReviewedProduct {
  __typename: string;
  upc: string | undefined;
  reviews(): Review[];
}

const reviewedProduct = (upc: string | undefined): ReviewedProduct => ({
  __typename: 'Product',
  upc,
  reviews: () => REVIEWS.filter((_, index) => String(REVIEWED[index]?.[0]) === upc),
});

const reviewer = (id: string | undefined): Reviewer => ({
  __typename: 'User',
  id,
  username: USERS.find((user) => user.id === id)?.username,
  reviews: () => REVIEWS.slice(0, 2),
});

const stockOf = ({ upc, price, weight }: Representation) => ({
  __typename: 'Product',
  upc,
  inStock: PRODUCTS.find((product) => product.upc === upc)?.inStock,
  shippingEstimate: shippingEstimate(price ?? undefined, weight ?? undefined),
});

const shippingEstimate = (price: number | undefined, weight: number | undefined): number | undefined => {
  if (price === undefined || weight === undefined) return undefined;
  return price > 1_000 ? 0 : weight / 2;
};

const entitiesBy =
  (resolve: (representation: Representation) => unknown): RootValue['_entities'] =>
  ({ representations }) =>
    representations.map((representation) => resolve(representation) ?? null);

/** The data of each subgraph, as its schema shapes them. */
export const ROOT_VALUES: Readonly<Record<SubgraphName, RootValue>> = {
  accounts: {
    me: USERS[0],
    user: ({ id }: { id: string }) => USERS.find((user) => user.id === id),
    users: USERS,
    _entities: entitiesBy(({ id }) => USERS.find((user) => user.id === id)),
  },
  inventory: { _entities: entitiesBy(stockOf) },
  products: {
    topProducts: ({ first }: { first: number | null }) => PRODUCTS.slice(0, first ?? 5),
    _entities: entitiesBy(({ upc }) => PRODUCTS.find((product) => product.upc === upc)),
  },
  reviews: {
    _entities: entitiesBy(({ __typename, id, upc }) => {
      if (__typename === 'Review') return REVIEWS.find((review) => review.id === id);
      return __typename === 'User' ? reviewer(id) : reviewedProduct(upc);
    }),
  },
};

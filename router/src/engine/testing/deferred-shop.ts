import { createSmallDeferredGraph } from './small-deferred-graph.ts';

const SHOP = `type Query { me: User users: [User!] maybe: [User] plain: Plain! node: Node strictMe: User! slowRoot: String }
  type Mutation { rename(name: String!): User again(name: String!): User }
  interface Node { id: ID! }
  type User implements Node @key(fields: "id") { id: ID! name: String plain: Plain friends: [User!] broken: Int! }
  type Plain { a: String b: String c: Int! }`;
const REVIEWS = `type Query { top: [Product] topFails: String }
  type User @key(fields: "id") { id: ID! reviews: [Review] score: Int failing: String strict: String! }
  type Review { text: String product: Product }
  type Product @key(fields: "id") { id: ID! title: String }`;
const STOCK = 'type Product @key(fields: "id") { id: ID! stock: Int }';

export const users = ['1', '2', '3'].map((id) => ({ __typename: 'User', id, name: `user ${id}`, plain: { a: 'a', b: 'b', c: null } }));
const [one, two, three] = users;
/** What mutations wrote, and what else a test notes. */
export const written: string[] = [];
const write = (_: unknown, { name }: { name: string }) => {
  written.push(`write ${name}`);
  return { ...one, name };
};

export const reference = { __resolveReference: (entity: object) => entity };
/** Users, what they reviewed and what of that is in stock, in three subgraphs. */
export const shop = createSmallDeferredGraph({
  shop: [
    SHOP,
    {
      Query: {
        me: () => one,
        users: () => users,
        maybe: () => [one, null, three],
        plain: () => ({ a: 'a', b: 'b', c: 3 }),
        node: () => two,
        strictMe: () => one,
        slowRoot: () => 'slow',
      },
      Mutation: { rename: write, again: write },
      User: { __resolveReference: ({ id }: { id: string }) => users.find((user) => user.id === id), friends: () => [two, three], broken: () => null },
    },
  ],
  reviews: [
    REVIEWS,
    {
      Query: {
        top: () => [{ id: 'p1', title: 'Emma' }],
        topFails: () => {
          throw new Error('top failed');
        },
      },
      User: {
        ...reference,
        reviews: ({ id }: { id: string }) => [{ text: `of ${id}`, product: { id: 'p1', title: 'Emma' } }],
        score: ({ id }: { id: string }) => Number(id) * 10,
        failing: ({ id }: { id: string }) => {
          if (id === '2') throw new Error('it failed');
          return 'fine';
        },
        strict: ({ id }: { id: string }) => {
          if (id === '2') throw new Error('strict failed');
          return 'there';
        },
      },
      Product: { ...reference },
    },
  ],
  stock: [STOCK, { Product: { ...reference, stock: () => 7 } }],
});

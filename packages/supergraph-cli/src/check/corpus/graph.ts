/** The graph that the corpus changes: three subgraphs and one contract. */
const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@shareable", "@tag", "@inaccessible", "@override", "@external", "@requires", "@provides"])
`;

export const CATALOGUE = `${LINK}
type Query {
  product(id: ID!): Product
  products(first: Int = 20, after: String, filter: ProductFilter, sort: Sort = NAME): [Product!]!
  search(text: String!): [SearchResult!]!
  node(id: ID!): Node
  cheapest: Priced
  status: ProductStatus
}
type Mutation {
  createProduct(input: CreateProductInput!): Product!
}
interface Node { id: ID! }
interface Priced { price: Float! }
type Product implements Node & Priced @key(fields: "id") @key(fields: "sku") {
  id: ID!
  sku: String!
  name: String!
  price: Float!
  weight: Float
  stock: Int!
  description(format: Format = PLAIN): String
  status: ProductStatus!
  tags: [String!]!
  dimensions: [Float]
  category: Category!
  cost: Float @tag(name: "internal")
  secret: String @inaccessible
  oldName: String @deprecated(reason: "use name")
  unused: String
}
type Category implements Node @key(fields: "id") {
  id: ID!
  name: String!
  parent: Category
  products(first: Int! = 10): [Product!]!
}
type Brand { name: String! }
union SearchResult = Product | Category
enum ProductStatus { DRAFT ACTIVE RETIRED }
enum Format { PLAIN HTML MARKDOWN }
enum Sort { NAME PRICE }
input ProductFilter {
  category: ID
  statuses: [ProductStatus!]
  minPrice: Float
  inStock: Boolean = true
}
input CreateProductInput {
  name: String!
  price: Float!
  weight: Float
  status: ProductStatus! = DRAFT
  details: DetailsInput
}
input DetailsInput { origin: String, note: String }
`;

export const ORDERS = `${LINK}
type Query {
  order(number: Int!): Order
  orders(status: OrderStatus, first: Int = 10): [Order!]!
}
type Mutation {
  placeOrder(items: [ItemInput!]!, coupon: String): PlaceOrderResult!
  cancelOrder(number: Int!): Order
}
type Subscription {
  orderMoved(id: ID!): Order!
  orderLost: Order
}
interface Node { id: ID! }
type Order implements Node @key(fields: "id") {
  id: ID!
  number: Int!
  total: Float!
  status: OrderStatus!
  items: [OrderItem!]!
  buyer: User!
  placedAt: Date
  note: String
}
type OrderItem { product: Product!, quantity: Int! }
scalar Date
union PlaceOrderResult = Placed | OutOfStock
type Placed { order: Order! }
type OutOfStock { sku: String! }
enum OrderStatus { OPEN PAID SHIPPED }
input ItemInput { sku: String!, quantity: Int = 1 }
type Product @key(fields: "id") {
  id: ID!
  orders(first: Int = 5): [Order!]!
}
type User @key(fields: "id") {
  id: ID!
  orders: [Order!]!
}
`;

export const USERS = `${LINK}
type Query {
  me: User
  user(id: ID!): User
}
type User @key(fields: "id") {
  id: ID!
  email: String! @tag(name: "internal")
  name: String
  nickname: String!
}
`;

/** What the contract `mobile` hides. */
export const MOBILE = { include: [], exclude: ['internal'] };

export interface CorpusOperation {
  schema: 'graph' | 'mobile';
  text: string;
  /** Requests that clients send: each set of variables is executed. */
  variables?: Record<string, unknown>[];
}

export const OPERATIONS: Readonly<Record<string, CorpusOperation>> = {
  ProductPage: {
    schema: 'graph',
    text: 'query ProductPage($id: ID!) { product(id: $id) { id name price status description weight tags category { name } } }',
    variables: [{ id: '1' }],
  },
  ProductHtml: { schema: 'graph', text: 'query ProductHtml { product(id: "1") { stock description(format: HTML) } }' },
  ProductList: {
    schema: 'mobile',
    text: 'query ProductList($first: Int, $filter: ProductFilter) { products(first: $first, filter: $filter) { id name price } }',
    variables: [{ first: 5, filter: { category: 'c', statuses: ['ACTIVE', 'RETIRED'], minPrice: 1.5, inStock: false } }, {}, { filter: {} }],
  },
  CheapProducts: {
    schema: 'graph',
    text: 'query CheapProducts { products(first: 3, filter: { minPrice: 1, statuses: [DRAFT] }, sort: PRICE) { sku dimensions } }',
  },
  Search: {
    schema: 'mobile',
    text: 'query Search($text: String!) { search(text: $text) { __typename ... on Product { name } ... on Category { categoryName: name } } }',
    variables: [{ text: 'lamp' }],
  },
  NodeById: {
    schema: 'graph',
    text: 'query NodeById($id: ID!) { node(id: $id) { id ... on Product { sku } ... on Order { number total } } }',
    variables: [{ id: '1' }],
  },
  Cheapest: { schema: 'graph', text: 'query Cheapest { cheapest { price ... on Product { sku } } status }' },
  CreateProduct: {
    schema: 'graph',
    text: 'mutation CreateProduct($input: CreateProductInput!) { createProduct(input: $input) { id } }',
    variables: [
      { input: { name: 'Lamp', price: 1.5, weight: 2.5, status: 'ACTIVE', details: { origin: 'DE', note: 'n' } } },
      { input: { name: 'Lamp', price: 1, status: 'RETIRED' } },
      { input: { name: 'Lamp', price: 1, details: {} } },
    ],
  },
  CreateFixed: { schema: 'graph', text: 'mutation CreateFixed { createProduct(input: { name: "x", price: 1 }) { id } }' },
  OrderPage: {
    schema: 'graph',
    text: 'query OrderPage($number: Int!) { order(number: $number) { number total status placedAt items { quantity product { name } } buyer { name nickname } } }',
    variables: [{ number: 1 }],
  },
  Orders: {
    schema: 'mobile',
    text: 'query Orders($status: OrderStatus) { orders(status: $status) { number status } }',
    variables: [{ status: 'OPEN' }, { status: 'PAID' }, { status: 'SHIPPED' }, {}],
  },
  PlaceOrder: {
    schema: 'mobile',
    text: 'mutation PlaceOrder($items: [ItemInput!]!) { placeOrder(items: $items) { ... on Placed { order { number } } ... on OutOfStock { sku } } }',
    variables: [{ items: [{ sku: 'a', quantity: 2 }] }, { items: [{ sku: 'a' }] }],
  },
  OrderMoved: {
    schema: 'mobile',
    text: 'subscription OrderMoved($id: ID!) { orderMoved(id: $id) { id } }',
    variables: [{ id: '1' }],
  },
  CancelOrder: { schema: 'graph', text: 'mutation CancelOrder { cancelOrder(number: 7) { status } }' },
  Me: { schema: 'mobile', text: 'query Me { me { id name orders { number note } } }' },
  Admin: { schema: 'graph', text: 'query Admin { me { email } products(first: 1, sort: NAME) { cost } }' },
  Legacy: { schema: 'graph', text: 'query Legacy { product(id: "1") { oldName orders { id } } }' },
};

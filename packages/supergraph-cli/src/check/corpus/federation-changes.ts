import type { SchemaCase } from './schema-case.ts';

/** Types, interfaces, who owns what, and what contracts show. */
export const FEDERATION_CHANGES: readonly SchemaCase[] = [
  {
    name: 'a type is removed that only other schemas could name',
    edits: [['catalogue', 'type Brand { name: String! }\n', '']],
    changes: ['breaking TYPE_REMOVED Brand'],
  },
  {
    name: 'a type is added',
    edits: [['catalogue', 'type Brand', 'type Maker { name: String }\ntype Brand']],
    changes: ['safe TYPE_ADDED Maker'],
  },
  {
    name: 'a root field is removed',
    edits: [['users', '  user(id: ID!): User\n', '']],
    changes: ['breaking FIELD_REMOVED Query.user'],
  },
  {
    name: 'an object implements another interface',
    edits: [['catalogue', 'type Brand { name: String! }', 'type Brand implements Priced { name: String!, price: Float! }']],
    changes: ['dangerous INTERFACE_ADDED Brand/Priced', 'safe FIELD_ADDED Brand.price'],
    risky: ['Cheapest'],
  },
  {
    name: 'an object no longer implements an interface',
    edits: [['orders', 'type Order implements Node @key', 'type Order @key']],
    changes: ['breaking INTERFACE_REMOVED Order/Node'],
    breaks: ['NodeById'],
  },
  {
    name: 'an object no longer implements an interface, which no operation depends on',
    edits: [['catalogue', 'type Category implements Node @key', 'type Category @key']],
    changes: ['breaking INTERFACE_REMOVED Category/Node'],
  },
  {
    name: 'an interface gets a field',
    edits: [['catalogue', 'interface Priced { price: Float! }', 'interface Priced { price: Float!, stock: Int! }']],
    changes: ['safe FIELD_ADDED Priced.stock'],
  },
  {
    name: 'an interface loses a field that its types keep',
    edits: [['catalogue', 'interface Priced { price: Float! }', 'interface Priced { sku: String! }']],
    changes: ['breaking FIELD_REMOVED Priced.price', 'safe FIELD_ADDED Priced.sku'],
    breaks: ['Cheapest'],
  },
  {
    name: 'an interface is introduced',
    edits: [['catalogue', 'type Brand { name: String! }', 'interface Named { name: String! }\ntype Brand implements Named { name: String! }']],
    changes: ['safe TYPE_ADDED Named'],
  },
  {
    name: 'an object becomes an interface',
    edits: [['catalogue', 'type Brand { name: String! }', 'interface Brand { name: String! }\ntype OwnBrand implements Brand { name: String! }']],
    changes: ['breaking TYPE_KIND_CHANGED Brand', 'safe TYPE_ADDED OwnBrand'],
  },
  {
    name: 'an enum becomes a scalar',
    edits: [['orders', 'enum OrderStatus { OPEN PAID SHIPPED }', 'scalar OrderStatus']],
    changes: ['breaking TYPE_KIND_CHANGED OrderStatus'],
    breaks: ['OrderPage', 'Orders', 'CancelOrder'],
  },
  {
    name: 'all mutations are removed',
    edits: [
      ['catalogue', 'type Mutation {\n  createProduct(input: CreateProductInput!): Product!\n}\n', ''],
      [
        'orders',
        'type Mutation {\n  placeOrder(items: [ItemInput!]!, coupon: String): PlaceOrderResult!\n  cancelOrder(number: Int!): Order\n}\n',
        '',
      ],
    ],
    changes: ['breaking ROOT_TYPE_REMOVED Mutation', 'breaking TYPE_REMOVED Mutation'],
    breaks: ['CreateProduct', 'CreateFixed', 'PlaceOrder', 'CancelOrder'],
  },
  {
    name: 'a field moves between subgraphs',
    edits: [
      ['catalogue', '  stock: Int!\n', ''],
      ['orders', '  orders(first: Int = 5): [Order!]!\n', '  orders(first: Int = 5): [Order!]!\n  stock: Int!\n'],
    ],
    changes: [],
  },
  {
    name: 'a field moves with @override',
    edits: [['orders', '  orders(first: Int = 5): [Order!]!\n', '  orders(first: Int = 5): [Order!]!\n  stock: Int! @override(from: "catalogue")\n']],
    changes: [],
  },
  {
    name: 'a field is shared by two subgraphs',
    edits: [
      ['catalogue', '  stock: Int!\n', '  stock: Int! @shareable\n'],
      ['orders', '  orders(first: Int = 5): [Order!]!\n', '  orders(first: Int = 5): [Order!]!\n  stock: Int! @shareable\n'],
    ],
    changes: [],
  },
  {
    name: 'a shared field is nullable in one subgraph: clients see it nullable',
    edits: [
      ['catalogue', '  stock: Int!\n', '  stock: Int! @shareable\n'],
      ['orders', '  orders(first: Int = 5): [Order!]!\n', '  orders(first: Int = 5): [Order!]!\n  stock: Int @shareable\n'],
    ],
    changes: ['breaking FIELD_TYPE_CHANGED Product.stock'],
    breaks: ['ProductHtml'],
  },
  {
    name: 'an entity gets another key',
    edits: [['orders', 'type Order implements Node @key(fields: "id")', 'type Order implements Node @key(fields: "id") @key(fields: "number")']],
    changes: [],
  },
  {
    name: 'an entity loses a key that nobody needs',
    edits: [['catalogue', '@key(fields: "id") @key(fields: "sku")', '@key(fields: "id")']],
    changes: [],
  },
  {
    name: 'a subgraph computes a field from another one',
    edits: [
      [
        'orders',
        'type Product @key(fields: "id") {\n  id: ID!\n',
        'type Product @key(fields: "id") {\n  id: ID!\n  weight: Float @external\n  shipping: Float @requires(fields: "weight")\n',
      ],
    ],
    changes: ['safe FIELD_ADDED Product.shipping'],
  },
  {
    name: 'a tag that hides a field from a contract: only the contract breaks',
    edits: [['orders', '  note: String\n', '  note: String @tag(name: "internal")\n']],
    changes: ['breaking FIELD_REMOVED Order.note (mobile)'],
    breaks: ['Me'],
  },
  {
    name: 'a tag that hides a field which the contract’s clients do not use',
    edits: [['users', '  nickname: String!\n', '  nickname: String! @tag(name: "internal")\n']],
    changes: ['breaking FIELD_REMOVED User.nickname (mobile)'],
  },
  {
    name: 'a tag goes: the contract shows more',
    edits: [['catalogue', 'cost: Float @tag(name: "internal")', 'cost: Float']],
    changes: ['safe FIELD_ADDED Product.cost (mobile)'],
  },
  {
    name: 'a tag that no contract knows',
    edits: [['catalogue', '  unused: String\n', '  unused: String @tag(name: "beta")\n']],
    changes: [],
  },
  {
    name: 'a contract hides more',
    edits: [['orders', '  note: String\n', '  note: String @tag(name: "private")\n']],
    exclude: ['internal', 'private'],
    changes: ['breaking FIELD_REMOVED Order.note (mobile)'],
    breaks: ['Me'],
  },
  {
    name: 'a field becomes inaccessible: for clients it is gone',
    edits: [['catalogue', '  stock: Int!\n', '  stock: Int! @inaccessible\n']],
    changes: ['breaking FIELD_REMOVED Product.stock'],
    breaks: ['ProductHtml'],
  },
  {
    name: 'an inaccessible field is opened',
    edits: [['catalogue', 'secret: String @inaccessible', 'secret: String']],
    changes: ['safe FIELD_ADDED Product.secret'],
  },
  {
    name: 'an inaccessible field is removed: nobody could see it',
    edits: [['catalogue', '  secret: String @inaccessible\n', '']],
    changes: [],
  },
  {
    name: 'an inaccessible enum value: requests can no longer send it',
    edits: [['catalogue', 'PLAIN HTML MARKDOWN', 'PLAIN HTML @inaccessible MARKDOWN']],
    changes: ['breaking ENUM_VALUE_REMOVED Format.HTML'],
    breaks: ['ProductHtml'],
  },
  {
    name: 'a field of an entity becomes nullable, used across subgraphs',
    edits: [['orders', 'buyer: User!', 'buyer: User']],
    changes: ['breaking FIELD_TYPE_CHANGED Order.buyer'],
    breaks: ['OrderPage'],
  },
  {
    name: 'an argument of a tagged-out field changes: the contract does not notice',
    edits: [['users', 'email: String! @tag(name: "internal")', 'email(masked: Boolean!): String! @tag(name: "internal")']],
    changes: ['breaking REQUIRED_ARGUMENT_ADDED User.email(masked:)'],
    breaks: ['Admin'],
  },
];

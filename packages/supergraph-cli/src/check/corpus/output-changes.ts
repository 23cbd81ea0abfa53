import type { SchemaCase } from './schema-case.ts';

/** What operations read: fields, their types, enums and unions. */
export const OUTPUT_CHANGES: readonly SchemaCase[] = [
  {
    name: 'a field becomes nullable',
    edits: [['catalogue', 'stock: Int!', 'stock: Int']],
    changes: ['breaking FIELD_TYPE_CHANGED Product.stock'],
    breaks: ['ProductHtml'],
  },
  {
    name: 'a field that both an interface and a contract show becomes nullable',
    edits: [
      ['catalogue', 'interface Priced { price: Float! }', 'interface Priced { price: Float }'],
      ['catalogue', '  name: String!\n  price: Float!\n  weight: Float\n  stock', '  name: String!\n  price: Float\n  weight: Float\n  stock'],
    ],
    changes: ['breaking FIELD_TYPE_CHANGED Priced.price', 'breaking FIELD_TYPE_CHANGED Product.price'],
    breaks: ['ProductPage', 'ProductList', 'Cheapest'],
  },
  {
    name: 'a field that nobody selects becomes nullable',
    edits: [
      ['catalogue', 'interface Node { id: ID! }\ninterface Priced', 'interface Node { id: ID! }\ninterface Priced'],
      ['orders', 'quantity: Int! }', 'quantity: Int! @deprecated(reason: "gone"), extra: Int }'],
    ],
    changes: ['safe FIELD_ADDED OrderItem.extra', 'safe FIELD_DEPRECATION_ADDED OrderItem.quantity'],
  },
  {
    name: 'a field becomes non-null',
    edits: [['catalogue', '  weight: Float\n  stock', '  weight: Float!\n  stock']],
    changes: ['safe FIELD_TYPE_NARROWED Product.weight'],
  },
  {
    name: 'a field with users is removed',
    edits: [['catalogue', '  weight: Float\n  stock', '  stock']],
    changes: ['breaking FIELD_REMOVED Product.weight'],
    breaks: ['ProductPage'],
  },
  {
    name: 'a field that no known operation selects is removed: breaking by rule alone',
    edits: [['catalogue', '  unused: String\n', '']],
    changes: ['breaking FIELD_REMOVED Product.unused'],
  },
  {
    name: 'a subscription with users is removed',
    edits: [['orders', '  orderMoved(id: ID!): Order!\n', '']],
    changes: ['breaking FIELD_REMOVED Subscription.orderMoved'],
    breaks: ['OrderMoved'],
  },
  {
    name: 'a subscription becomes nullable',
    edits: [['orders', 'orderMoved(id: ID!): Order!', 'orderMoved(id: ID!): Order']],
    changes: ['breaking FIELD_TYPE_CHANGED Subscription.orderMoved'],
    breaks: ['OrderMoved'],
  },
  {
    name: 'a subscription that nobody uses is removed: breaking by rule alone',
    edits: [['orders', '  orderLost: Order\n', '']],
    changes: ['breaking FIELD_REMOVED Subscription.orderLost'],
  },
  {
    name: 'a deprecated field is removed',
    edits: [['catalogue', '  oldName: String @deprecated(reason: "use name")\n', '']],
    changes: ['breaking FIELD_REMOVED Product.oldName'],
    breaks: ['Legacy'],
  },
  {
    name: 'a field is added',
    edits: [['catalogue', '  unused: String\n', '  unused: String\n  colour(shade: Int!): String\n']],
    changes: ['safe FIELD_ADDED Product.colour'],
  },
  {
    name: 'a field is deprecated',
    edits: [['catalogue', 'stock: Int!', 'stock: Int! @deprecated(reason: "gone")']],
    changes: ['safe FIELD_DEPRECATION_ADDED Product.stock'],
  },
  {
    name: 'a field is no longer deprecated',
    edits: [['catalogue', ' @deprecated(reason: "use name")', '']],
    changes: ['safe FIELD_DEPRECATION_REMOVED Product.oldName'],
  },
  {
    name: 'a reason of deprecation changes',
    edits: [['catalogue', 'use name', 'use name, please']],
    changes: ['safe FIELD_DEPRECATION_REASON_CHANGED Product.oldName'],
  },
  {
    name: 'a description is added: nothing a client can notice',
    edits: [['catalogue', '  unused: String\n', '  "Nobody asks."\n  unused: String\n']],
    changes: [],
  },
  {
    name: 'a scalar becomes another',
    edits: [['catalogue', 'stock: Int!', 'stock: String!']],
    changes: ['breaking FIELD_TYPE_CHANGED Product.stock'],
    breaks: ['ProductHtml'],
  },
  {
    name: 'Float becomes Int: by rule another type, yet every client that reads a Float reads it',
    edits: [['catalogue', 'weight: Float\n  stock', 'weight: Int\n  stock']],
    changes: ['breaking FIELD_TYPE_CHANGED Product.weight'],
  },
  {
    name: 'Int becomes Float',
    edits: [['orders', '  number: Int!\n  total: Float!', '  number: Float!\n  total: Float!']],
    changes: ['breaking FIELD_TYPE_CHANGED Order.number'],
    breaks: ['NodeById', 'OrderPage', 'Orders', 'PlaceOrder', 'Me'],
  },
  {
    name: 'ID becomes String: other to codegen, the same in JSON',
    edits: [['catalogue', '  sku: String!', '  sku: ID!']],
    changes: ['breaking FIELD_TYPE_CHANGED Product.sku'],
  },
  {
    name: 'a custom scalar becomes String',
    edits: [['orders', 'placedAt: Date', 'placedAt: String']],
    changes: ['breaking FIELD_TYPE_CHANGED Order.placedAt'],
    breaks: ['OrderPage'],
  },
  {
    name: 'a leaf becomes an object',
    edits: [['catalogue', 'stock: Int!', 'stock: Brand!']],
    changes: ['breaking FIELD_TYPE_CHANGED Product.stock'],
    breaks: ['ProductHtml'],
  },
  {
    name: 'an object becomes a leaf',
    edits: [['catalogue', '  category: Category!', '  category: String!']],
    changes: ['breaking FIELD_TYPE_CHANGED Product.category'],
    breaks: ['ProductPage'],
  },
  {
    name: 'an object becomes another that has the selected fields',
    edits: [['catalogue', '  category: Category!', '  category: Brand!']],
    changes: ['breaking FIELD_TYPE_CHANGED Product.category'],
  },
  {
    name: 'a value becomes a list',
    edits: [['catalogue', '  weight: Float\n  stock', '  weight: [Float]\n  stock']],
    changes: ['breaking FIELD_TYPE_CHANGED Product.weight'],
    breaks: ['ProductPage'],
  },
  {
    name: 'a list becomes a value',
    edits: [['catalogue', 'tags: [String!]!', 'tags: String!']],
    changes: ['breaking FIELD_TYPE_CHANGED Product.tags'],
    breaks: ['ProductPage'],
  },
  {
    name: 'items of a list become nullable',
    edits: [['catalogue', 'tags: [String!]!', 'tags: [String]!']],
    changes: ['breaking FIELD_TYPE_CHANGED Product.tags'],
    breaks: ['ProductPage'],
  },
  {
    name: 'items of a list become non-null',
    edits: [['catalogue', 'dimensions: [Float]', 'dimensions: [Float!]']],
    changes: ['safe FIELD_TYPE_NARROWED Product.dimensions'],
  },
  {
    name: 'a list becomes nullable',
    edits: [['orders', 'orders(status: OrderStatus, first: Int = 10): [Order!]!', 'orders(status: OrderStatus, first: Int = 10): [Order!]']],
    changes: ['breaking FIELD_TYPE_CHANGED Query.orders'],
    breaks: ['Orders'],
  },
  {
    name: 'an enum that responses hold gets a value',
    edits: [['orders', 'OPEN PAID SHIPPED', 'OPEN PAID SHIPPED LOST']],
    changes: ['dangerous ENUM_VALUE_ADDED OrderStatus.LOST'],
    risky: ['OrderPage', 'Orders', 'CancelOrder'],
  },
  {
    name: 'an enum that only requests hold gets a value',
    edits: [['catalogue', 'PLAIN HTML MARKDOWN', 'PLAIN HTML MARKDOWN TEX']],
    changes: ['safe INPUT_ENUM_VALUE_ADDED Format.TEX'],
  },
  {
    name: 'an enum value that requests send in variables is removed',
    edits: [['orders', 'OPEN PAID SHIPPED', 'OPEN PAID']],
    changes: ['breaking ENUM_VALUE_REMOVED OrderStatus.SHIPPED'],
    breaks: ['Orders'],
  },
  {
    name: 'an enum value that stands in an operation is removed',
    edits: [['catalogue', 'PLAIN HTML MARKDOWN', 'PLAIN MARKDOWN']],
    changes: ['breaking ENUM_VALUE_REMOVED Format.HTML'],
    breaks: ['ProductHtml'],
  },
  {
    name: 'an enum value that nobody sends is removed',
    edits: [['catalogue', 'PLAIN HTML MARKDOWN', 'PLAIN HTML']],
    changes: ['breaking ENUM_VALUE_REMOVED Format.MARKDOWN'],
  },
  {
    name: 'an enum value is deprecated',
    edits: [['catalogue', 'DRAFT ACTIVE RETIRED', 'DRAFT ACTIVE RETIRED @deprecated(reason: "old")']],
    changes: ['safe ENUM_VALUE_DEPRECATION_CHANGED ProductStatus.RETIRED'],
  },
  {
    name: 'a union gets a member',
    edits: [['catalogue', 'union SearchResult = Product | Category', 'union SearchResult = Product | Category | Brand']],
    changes: ['dangerous UNION_MEMBER_ADDED SearchResult/Brand'],
    risky: ['Search'],
  },
  {
    name: 'a union gets a member that is a new type',
    edits: [
      [
        'orders',
        'union PlaceOrderResult = Placed | OutOfStock',
        'type Refused { why: String }\nunion PlaceOrderResult = Placed | OutOfStock | Refused',
      ],
    ],
    changes: ['dangerous UNION_MEMBER_ADDED PlaceOrderResult/Refused', 'safe TYPE_ADDED Refused'],
    risky: ['PlaceOrder'],
  },
  {
    name: 'a union loses a member',
    edits: [['catalogue', 'union SearchResult = Product | Category', 'union SearchResult = Product']],
    changes: ['breaking UNION_MEMBER_REMOVED SearchResult/Category'],
    breaks: ['Search'],
  },
];

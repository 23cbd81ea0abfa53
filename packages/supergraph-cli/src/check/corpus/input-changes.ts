import type { SchemaCase } from './schema-case.ts';

/** What operations send: arguments, input objects and their defaults. */
export const INPUT_CHANGES: readonly SchemaCase[] = [
  {
    name: 'a required argument is added',
    edits: [['catalogue', 'product(id: ID!): Product', 'product(id: ID!, market: String!): Product']],
    changes: ['breaking REQUIRED_ARGUMENT_ADDED Query.product(market:)'],
    breaks: ['ProductPage', 'ProductHtml', 'Legacy'],
  },
  {
    name: 'an optional argument is added',
    edits: [['catalogue', 'product(id: ID!): Product', 'product(id: ID!, market: String): Product']],
    changes: ['safe OPTIONAL_ARGUMENT_ADDED Query.product(market:)'],
  },
  {
    name: 'a non-null argument with a default is added',
    edits: [['catalogue', 'product(id: ID!): Product', 'product(id: ID!, market: String! = "DE"): Product']],
    changes: ['safe OPTIONAL_ARGUMENT_ADDED Query.product(market:)'],
  },
  {
    name: 'an argument that operations give is removed',
    edits: [
      [
        'catalogue',
        'products(first: Int = 20, after: String, filter: ProductFilter, sort: Sort = NAME)',
        'products(first: Int = 20, after: String, filter: ProductFilter)',
      ],
    ],
    changes: ['breaking ARGUMENT_REMOVED Query.products(sort:)'],
    breaks: ['CheapProducts', 'Admin'],
  },
  {
    name: 'an argument that nobody gives is removed',
    edits: [['orders', 'coupon: String', '']],
    changes: ['breaking ARGUMENT_REMOVED Mutation.placeOrder(coupon:)'],
  },
  {
    name: 'an argument becomes non-null: variables that may be null are refused, literals are not',
    edits: [['catalogue', 'products(first: Int = 20, after', 'products(first: Int!, after']],
    changes: ['breaking ARGUMENT_TYPE_CHANGED Query.products(first:)', 'breaking ARGUMENT_DEFAULT_REMOVED_REQUIRED Query.products(first:)'],
    breaks: ['ProductList'],
  },
  {
    name: 'an argument becomes nullable',
    edits: [['catalogue', 'search(text: String!)', 'search(text: String)']],
    changes: ['safe ARGUMENT_TYPE_WIDENED Query.search(text:)'],
  },
  {
    name: 'an argument gets another type',
    edits: [['orders', 'order(number: Int!)', 'order(number: ID!)']],
    changes: ['breaking ARGUMENT_TYPE_CHANGED Query.order(number:)'],
    breaks: ['OrderPage'],
  },
  {
    name: 'an argument gets another type that a literal fits as well',
    edits: [['orders', 'cancelOrder(number: Int!)', 'cancelOrder(number: ID!)']],
    changes: ['breaking ARGUMENT_TYPE_CHANGED Mutation.cancelOrder(number:)'],
  },
  {
    name: 'an argument becomes a list',
    edits: [['orders', 'orders(status: OrderStatus, first', 'orders(status: [OrderStatus!], first']],
    changes: ['breaking ARGUMENT_TYPE_CHANGED Query.orders(status:)'],
    breaks: ['Orders'],
  },
  {
    name: 'the default of an argument changes',
    edits: [['catalogue', 'products(first: Int = 20, after', 'products(first: Int = 10, after']],
    changes: ['dangerous ARGUMENT_DEFAULT_CHANGED Query.products(first:)'],
    risky: ['ProductList'],
  },
  {
    name: 'the default of an argument of a nested field changes',
    edits: [['orders', 'orders(first: Int = 5)', 'orders(first: Int = 50)']],
    changes: ['dangerous ARGUMENT_DEFAULT_CHANGED Product.orders(first:)'],
    risky: ['Legacy'],
  },
  {
    name: 'the default of an argument is removed',
    edits: [['catalogue', 'description(format: Format = PLAIN)', 'description(format: Format)']],
    changes: ['dangerous ARGUMENT_DEFAULT_CHANGED Product.description(format:)'],
    risky: ['ProductPage'],
  },
  {
    name: 'an argument gets a default',
    edits: [['orders', 'coupon: String', 'coupon: String = "NONE"']],
    changes: ['dangerous ARGUMENT_DEFAULT_CHANGED Mutation.placeOrder(coupon:)'],
    risky: ['PlaceOrder'],
  },
  {
    name: 'a non-null argument loses its default: it is required now',
    edits: [['catalogue', 'products(first: Int! = 10)', 'products(first: Int!)']],
    changes: ['breaking ARGUMENT_DEFAULT_REMOVED_REQUIRED Category.products(first:)'],
  },
  {
    name: 'a required input field is added',
    edits: [['catalogue', 'details: DetailsInput', 'details: DetailsInput\n  brand: String!']],
    changes: ['breaking REQUIRED_INPUT_FIELD_ADDED CreateProductInput.brand'],
    breaks: ['CreateProduct', 'CreateFixed'],
  },
  {
    name: 'a required field is added to a nested input that requests send in a variable',
    edits: [['catalogue', 'input DetailsInput { origin', 'input DetailsInput { maker: String!, origin']],
    changes: ['breaking REQUIRED_INPUT_FIELD_ADDED DetailsInput.maker'],
    breaks: ['CreateProduct'],
  },
  {
    name: 'an optional input field is added',
    edits: [['catalogue', 'details: DetailsInput', 'details: DetailsInput\n  brand: String = "none"']],
    changes: ['safe OPTIONAL_INPUT_FIELD_ADDED CreateProductInput.brand'],
  },
  {
    name: 'an input field that variables hold is removed',
    edits: [['catalogue', 'input DetailsInput { origin: String, note: String }', 'input DetailsInput { origin: String }']],
    changes: ['breaking INPUT_FIELD_REMOVED DetailsInput.note'],
    breaks: ['CreateProduct'],
  },
  {
    name: 'an input field that stands in an operation is removed',
    edits: [['catalogue', '  minPrice: Float\n', '']],
    changes: ['breaking INPUT_FIELD_REMOVED ProductFilter.minPrice'],
    breaks: ['ProductList', 'CheapProducts'],
  },
  {
    name: 'an input field becomes non-null',
    edits: [['catalogue', '  price: Float!\n  weight: Float\n  status', '  price: Float!\n  weight: Float!\n  status']],
    changes: ['breaking INPUT_FIELD_TYPE_CHANGED CreateProductInput.weight'],
    breaks: ['CreateProduct', 'CreateFixed'],
  },
  {
    name: 'an input field becomes nullable',
    edits: [['catalogue', 'input CreateProductInput {\n  name: String!', 'input CreateProductInput {\n  name: String']],
    changes: ['safe INPUT_FIELD_TYPE_WIDENED CreateProductInput.name'],
  },
  {
    name: 'an input field gets another type',
    edits: [['catalogue', '  minPrice: Float\n', '  minPrice: Int\n']],
    changes: ['breaking INPUT_FIELD_TYPE_CHANGED ProductFilter.minPrice'],
    // Clients hold a Float: the whole number in the document happens to fit.
    breaks: ['ProductList'],
  },
  {
    name: 'the default of an input field changes',
    edits: [['catalogue', 'inStock: Boolean = true', 'inStock: Boolean = false']],
    changes: ['dangerous INPUT_FIELD_DEFAULT_CHANGED ProductFilter.inStock'],
    risky: ['ProductList', 'CheapProducts'],
  },
  {
    name: 'a non-null input field loses its default: it is required now',
    edits: [['catalogue', 'status: ProductStatus! = DRAFT', 'status: ProductStatus!']],
    changes: ['breaking INPUT_FIELD_DEFAULT_REMOVED_REQUIRED CreateProductInput.status'],
    breaks: ['CreateProduct', 'CreateFixed'],
  },
];

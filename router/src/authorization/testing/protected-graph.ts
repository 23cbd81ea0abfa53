import type { Identity } from '@supergraph/identity/identity';
import { buildSchema } from 'graphql';

/** Every kind of place a directive can stand, with interfaces, a union, lists of lists, non-null and covariant fields. */
export const PROTECTED_SUPERGRAPH = `
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY, import: [{ name: "@authenticated", as: "@login" }])
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)
{ query: Query mutation: Mutation }
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @login on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @policy(policies: [[policy__Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
scalar requiresScopes__Scope
scalar policy__Policy

type Query {
  me: User
  node: Node
  nodes: [Node!]!
  grid: [[Node]!]
  search: [Result]
  priced: Priced
  audited: Audited
  vault: Vault
  count(step: Int): Int! @login
  admin: User @requiresScopes(scopes: [["admin"]])
  version: String!
}
type Mutation { touch: User lock: Vault grant: Int @requiresScopes(scopes: [["admin"]]) }
interface Node { id: ID! label(upper: Boolean): String owner: User parent: Node related: [Node!] secret: Secret }
interface Priced @policy(policies: [["works-here"]]) { price: Int! level: Level }
interface Audited @login { auditor: String @requiresScopes(scopes: [["audit"]]) }
type User implements Node {
  id: ID! label(upper: Boolean): String owner: User parent: Node related: [Node!] secret: Secret
  email: String! @login
  card: Card
  cards: [Card!]
  friends: [User!]!
}
type Note implements Node {
  id: ID! label(upper: Boolean): String @requiresScopes(scopes: [["a", "b"], ["c"]]) owner: User parent: Vault related: [Node!] secret: Secret @login
  text: String!
}
type Product implements Node & Priced {
  id: ID! label(upper: Boolean): String owner: User! parent: Node related: [Node!]! @requiresScopes(scopes: [["b"]]) secret: Secret
  price: Int! level: Level
}
type Vault implements Node & Priced & Audited @policy(policies: [["works-here"]]) {
  id: ID! label(upper: Boolean): String owner: User parent: Node related: [Node!] secret: Secret
  price: Int! @policy(policies: [["nobody"], ["works-here"]]) level: Level auditor: String
}
type Ledger implements Audited { auditor: String entries: [Int!] @policy(policies: [["nobody"]]) owner: User }
type Card @requiresScopes(scopes: [["card:read"], ["admin"]]) { number: String! holder: User! node: Node }
union Result = User | Product | Vault | Card | Ledger
scalar Secret @requiresScopes(scopes: [["c"], ["a"]])
enum Level @login { LOW HIGH }
`;

export const schema = buildSchema(PROTECTED_SUPERGRAPH);

type Demand = (identity: Identity) => boolean;

const hasOf =
  (...scopes: string[]): Demand =>
  (identity) =>
    scopes.every((scope) => identity.scopes.includes(scope));
const either =
  (...demands: Demand[]): Demand =>
  (identity) =>
    demands.some((demand) => demand(identity));
const both =
  (...demands: Demand[]): Demand =>
  (identity) =>
    demands.every((demand) => demand(identity));
const signedIn: Demand = ({ caller }) => caller.role !== 'anonymous';
const worksHere: Demand = ({ caller }) => ['staff', 'admin'].includes(caller.role);

/** What the schema above demands, written by hand from its text: the oracle reads no directive. */
export const DEMANDS: Readonly<Record<string, Demand>> = {
  'Query.count': signedIn,
  'Query.admin': hasOf('admin'),
  'Mutation.grant': hasOf('admin'),
  Audited: signedIn,
  'Audited.auditor': hasOf('audit'),
  'User.email': signedIn,
  'Note.label': either(hasOf('a', 'b'), hasOf('c')),
  'Note.secret': signedIn,
  'Product.related': hasOf('b'),
  Vault: both(worksHere, signedIn),
  'Vault.price': worksHere,
  'Vault.auditor': hasOf('audit'),
  Ledger: signedIn,
  'Ledger.auditor': hasOf('audit'),
  'Ledger.entries': () => false,
  Card: either(hasOf('card:read'), hasOf('admin')),
  Secret: either(hasOf('c'), hasOf('a')),
  Level: signedIn,
};

/** The object types each type stands for. */
export const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Query: ['Query'],
  Mutation: ['Mutation'],
  Node: ['User', 'Note', 'Product', 'Vault'],
  Priced: ['Product', 'Vault'],
  Audited: ['Vault', 'Ledger'],
  Result: ['User', 'Product', 'Vault', 'Card', 'Ledger'],
  User: ['User'],
  Note: ['Note'],
  Product: ['Product'],
  Vault: ['Vault'],
  Ledger: ['Ledger'],
  Card: ['Card'],
};

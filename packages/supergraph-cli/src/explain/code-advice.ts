/** Why a composition error or hint comes up, and what to do about it. */
export interface Advice {
  why: string;
  fix: string;
}

interface AdviceRow extends Advice {
  /** Of the codes that it is for. The first that fits counts. */
  codes: RegExp;
}

const ADVICE: readonly AdviceRow[] = [
  {
    codes: /^INVALID_FIELD_SHARING$/,
    why: 'Two subgraphs define the same field, and each would resolve it. Unless both say that they agree, the router could show either value.',
    fix: 'Keep the field in the subgraph that owns it and remove it from the other; or mark it @shareable in all of them when they really answer the same; or @external where it is only needed as input (@requires, @provides).',
  },
  {
    codes: /^SATISFIABILITY_ERROR$/,
    why: 'The schemas merge, but there is a path in the graph that the router cannot follow: it arrives in one subgraph and has no key to get to the field in the other.',
    fix: 'Give the type a @key in the subgraph the path arrives in, the same key in the subgraph that has the field, and a reference resolver there. The message shows a query that would fail: read it from its end.',
  },
  {
    codes: /^(KEY|PROVIDES|REQUIRES)_(INVALID_FIELDS|INVALID_FIELDS_TYPE)$/,
    why: 'What stands in fields: is no selection of the type: a name that is not there, or wrong syntax.',
    fix: 'Write field names separated by spaces, nested ones in braces: fields: "sku category { id }". Every name must be a field of the type in the same subgraph.',
  },
  {
    codes: /^(KEY|PROVIDES|REQUIRES)_(FIELDS_HAS_ARGS|HAS_DIRECTIVE_IN_FIELDS_ARGS)$/,
    why: 'A selection in fields: names fields only. One with arguments has no single value, and directives do nothing there.',
    fix: 'Select a field without arguments, or add one that stands for the value with these arguments.',
  },
  {
    codes: /^KEY_FIELDS_SELECT_INVALID_TYPE$/,
    why: 'A key must identify one object. Lists, interfaces and unions do not.',
    fix: 'Use a scalar, an enum, or an object with a selection as the key.',
  },
  {
    codes: /^(REQUIRES|PROVIDES)_(FIELDS_)?MISSING_EXTERNAL$/,
    why: 'What a subgraph requires or provides belongs to another subgraph, and must be said to.',
    fix: 'Declare the field in this subgraph too, with the type it has in the other, and mark it @external.',
  },
  {
    codes: /^EXTERNAL_(UNUSED|MISSING_ON_BASE)$/,
    why: '@external says: another subgraph resolves this, and I need it. Here nobody resolves it, or nobody needs it.',
    fix: 'Remove the field, or use it in a @key, @requires or @provides; and see that another subgraph defines it without @external.',
  },
  {
    codes: /^EXTERNAL_(TYPE_MISMATCH|ARGUMENT_\w+)$/,
    why: 'An @external field is the other subgraph’s field. Here it has another type or other arguments.',
    fix: 'Copy type, arguments and defaults from the subgraph that resolves it.',
  },
  {
    codes: /^(EXTERNAL|MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL|TYPE_WITH_ONLY_UNUSED_EXTERNAL)/,
    why: 'An @external field is resolved elsewhere: directives that change how a field is resolved or shown do nothing on it, and interfaces resolve nothing.',
    fix: 'Put the directive where the field is resolved, and leave the @external one bare.',
  },
  {
    codes: /^(FIELD_TYPE_MISMATCH|ARGUMENT_TYPE_MISMATCH|TYPE_KIND_MISMATCH|FIELD_ARGUMENT_TYPE)/,
    why: 'Subgraphs define the same type, field or argument differently, so that there is no one type to show.',
    fix: 'Make them the same. An output field may differ in strictness (String and String!): the graph then shows the weaker; an input the stronger.',
  },
  {
    codes: /DEFAULT_MISMATCH$/,
    why: 'Subgraphs give an argument or input field different defaults: what a client gets would depend on who is asked.',
    fix: 'Give it the same default everywhere.',
  },
  {
    codes: /^(ENUM_VALUE_MISMATCH|EMPTY_MERGED_ENUM_TYPE|INCONSISTENT_ENUM_VALUE_\w+)$/,
    why: 'An enum that is taken and given must have the same values everywhere: a subgraph could be handed one that it does not know. One only taken keeps the values that all have; one only given, all of them.',
    fix: 'Add the value to every subgraph that defines the enum: first as unused, then use it. Or give input and output an enum each.',
  },
  {
    codes: /^(REQUIRED_\w+_MISSING_IN_SOME_SUBGRAPH|EMPTY_MERGED_INPUT_TYPE|INCONSISTENT_INPUT_OBJECT_FIELD|INCONSISTENT_ARGUMENT_PRESENCE)$/,
    why: 'Of arguments and input fields the graph shows only what every subgraph has. One that some require would then be missing.',
    fix: 'Add it to the other subgraphs, or make it optional until all have it.',
  },
  {
    codes: /^NO_QUERIES$/,
    why: 'No subgraph has a field of Query: there would be nothing to ask.',
    fix: 'Add a field to type Query of a subgraph.',
  },
  {
    codes: /^(INVALID_GRAPHQL|DIRECTIVE_DEFINITION_INVALID|TYPE_DEFINITION_INVALID)$/,
    why: 'The schema is not GraphQL, or uses a federation directive that it has not imported.',
    fix: 'Correct the place. For "Unknown directive" add it to import: of the @link at the top of the schema, for instance import: ["@key", "@shareable"].',
  },
  {
    codes: /^(UNKNOWN_\w*LINK_VERSION|UNSUPPORTED_LINKED_FEATURE|INVALID_LINK_\w+|LINK_IMPORT_NAME_MISMATCH)$/,
    why: 'A @link names a specification or a version that the composer does not know, or imports under another name than its neighbours.',
    fix: 'Write @link(url: "https://specs.apollo.dev/federation/v2.9", import: […]) as the other subgraphs do.',
  },
  {
    codes: /INACCESSIBLE/,
    why: 'What is @inaccessible is hidden from clients, but something they can see still leads to it.',
    fix: 'Hide that as well, or show this: every path to a hidden element must be hidden, and no visible type may become empty.',
  },
  {
    codes: /^OVERRID/,
    why: '@override(from:) moves a field from one subgraph to another. It must name another subgraph, whose field is a plain one.',
    fix: 'Let one subgraph override, from the one that resolves the field now. When the move is over, remove the field there and then the @override here.',
  },
  {
    codes: /^FROM_SUBGRAPH_DOES_NOT_EXIST$/,
    why: '@override(from:) names a subgraph that is not in supergraph.yaml.',
    fix: 'Correct the name, or remove the @override: the move is over.',
  },
  {
    codes: /^(CONTEXT|NO_CONTEXT)/,
    why: '@context and @fromContext hand a value of an outer type to an argument further in. Both sides must agree on the name, and the selection must give one field.',
    fix: 'Set @context(name:) on every type the field can be reached through, and select one field with @fromContext(field: "$name { field }").',
  },
  {
    codes: /^(COST|LIST_SIZE)/,
    why: '@cost and @listSize say what an operation costs. They fit concrete fields and lists, and name arguments and fields that exist.',
    fix: 'Put @cost on fields of object types; let slicingArguments name Int arguments of the field, sizedFields lists in its type.',
  },
  {
    codes: /^(INTERFACE|KEY_UNSUPPORTED_ON_INTERFACE|PROVIDES_UNSUPPORTED|REQUIRES_UNSUPPORTED)/,
    why: 'An interface promises fields and keys that every type behind it must have, in the subgraph and in the whole graph.',
    fix: 'Give every implementation the field or @key of the interface. A key on an interface needs federation v2.3 or newer in @link.',
  },
  {
    codes: /AUTH_REQUIREMENTS|^AUTH_/,
    why: '@authenticated, @requiresScopes and @policy guard fields of object types. A field that needs guarded data of another (@requires, @fromContext) must be guarded as strongly, or it would give it away.',
    fix: 'Repeat the guard of the field that is needed on the one that needs it, and put guards on object types instead of interfaces.',
  },
  {
    codes: /^(EXTENSION_WITH_NO_BASE|ROOT_\w+_USED|INVALID_SUBGRAPH_NAME)$/,
    why: 'A name is used for something else than it stands for: a type extended that nobody defines, an own type called Query, or a subgraph name that is reserved.',
    fix: 'Define the type (or write type instead of extend type), and use another name.',
  },
  {
    codes: /SHAREABLE/,
    why: '@shareable fields must be answered alike by every subgraph that has them.',
    fix: 'Mark object fields only, and let every subgraph return the same possible types.',
  },
  {
    codes: /^(UNUSED_ENUM_TYPE|INCONSISTENT_DESCRIPTION|INCONSISTENT_\w+)$/,
    why: 'Subgraphs describe the same element differently. The graph composes, and shows one of the versions.',
    fix: 'Make them the same when it matters to clients; otherwise leave it.',
  },
  {
    codes: /DIRECTIVE|EXECUTABLE/,
    why: 'A directive of your own is defined or used differently in several subgraphs, or is not composed at all.',
    fix: 'Define it alike everywhere, and name it in @composeDirective of every subgraph that uses it.',
  },
  {
    codes: /^MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED$/,
    why: 'Checking that every query can be answered takes too many paths: many subgraphs share the same types.',
    fix: 'Share fewer fields, or give shared types one owner and keys.',
  },
  {
    codes: /^DOWNSTREAM_SERVICE_ERROR$/,
    why: 'A subgraph answered a fetch with an error. The code is the reference engine’s; ours names the subgraph’s own code.',
    fix: 'Read the error’s path and the subgraph’s log at that time.',
  },
  {
    codes: /^(UNSUPPORTED_FEATURE|INVALID_FEDERATION_SUPERGRAPH|IMPLICITLY_UPGRADED_FEDERATION_VERSION|PROVIDES_ON_NON_OBJECT_FIELD)$/,
    why: 'Federation cannot carry what the schema asks for, or not in the version its @link names.',
    fix: 'Compose with one version of @apollo/* everywhere (supergraph doctor), and link the newest federation version that the composer knows.',
  },
];

/** @returns undefined for a code that no composer gives. */
export const adviceFor = (code: string): Advice | undefined => ADVICE.find(({ codes }) => codes.test(code));

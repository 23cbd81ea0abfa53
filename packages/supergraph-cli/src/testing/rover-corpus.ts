import { COMPOSER_VERSION } from '../compose/compose-command.ts';

export const FILMS = 'type Query { films: [Film!]! } type Film @key(fields: "id") { id: ID! title: String! }';
export const PEOPLE = 'type Query { people: [Person!]! } type Person { name: String! }';
export const link = (sdl: string): string =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"]) ${sdl}`;

export const sdl = (name: string, text: string, more = ''): string =>
  `  ${name}:\n    routing_url: https://${name}.example.com\n    schema:\n      sdl: ${JSON.stringify(link(text))}\n${more}`;
export const file = (name: string, more = ''): string =>
  `  ${name}:\n    routing_url: https://${name}.example.com\n    schema:\n      file: ./${name}.graphql\n${more}`;

/** A configuration that Rover's documentation has, or forbids, and what comes of it. */
export interface RoverCase {
  name: string;
  yaml: string;
  env?: NodeJS.ProcessEnv;
  args?: string[];
  code: number;
  /** In the composed supergraph. */
  composes?: string;
  /** Of the JSON error. */
  message?: string;
  error?: string | null;
  build?: string[];
  /** On standard error, of the plain format. */
  says?: string;
}

export const ROVER_CASES: readonly RoverCase[] = [
  {
    name: 'two files',
    yaml: `federation_version: 2\nsubgraphs:\n${file('films')}${file('people')}`,
    code: 0,
    composes: 'url: "https://people.example.com"',
  },
  { name: 'no federation_version', yaml: `subgraphs:\n${file('films')}`, code: 0, composes: 'title: String!' },
  { name: 'the installed version', yaml: `federation_version: =${COMPOSER_VERSION}\nsubgraphs:\n${file('films')}`, code: 0, composes: 'type Film' },
  {
    name: 'another exact version of 2',
    yaml: `federation_version: =2.9.3\nsubgraphs:\n${file('films')}`,
    code: 0,
    composes: 'type Film',
    says: 'WARN: federation_version is =2.9.3',
  },
  { name: 'Federation 1', yaml: `federation_version: 1\nsubgraphs:\n${file('films')}`, code: 2, message: "federation_version is '1'", error: null },
  {
    name: '--federation-version wins',
    yaml: `federation_version: 1\nsubgraphs:\n${file('films')}`,
    args: ['--federation-version', '2'],
    code: 0,
    composes: 'type Film',
  },
  {
    name: 'flags of Rover that do nothing here',
    yaml: `subgraphs:\n${file('films')}`,
    args: ['--elv2-license', 'accept', '--skip-update'],
    code: 0,
    composes: 'type Film',
  },
  { name: 'sdl in place', yaml: `subgraphs:\n${sdl('films', FILMS)}${file('people')}`, code: 0, composes: 'FILMS @join__graph' },
  { name: 'keys of other tools beside', yaml: `sandbox: { enabled: true }\nsubgraphs:\n${file('films')}`, code: 0, composes: 'type Film' },
  {
    name: 'a default for a variable',
    yaml: `subgraphs:\n${file('films').replace('https://films.example.com', `\${env.FILMS_URL:-http://localhost:4001}`)}`,
    code: 0,
    composes: 'url: "http://localhost:4001"',
  },
  {
    name: 'a variable inside a text',
    yaml: `subgraphs:\n${file('films').replace('films.example.com', `\${env.HOST_NAME}/films`)}`,
    env: { HOST_NAME: 'eu.example.com' },
    code: 0,
    composes: 'url: "https://eu.example.com/films"',
  },
  {
    name: 'a variable that is not expanded again',
    yaml: `subgraphs:\n${file('films').replace('films.example.com', `\${env.A}`)}`,
    env: { A: `x.example.com/\${env.B}` },
    code: 0,
    composes: `https://x.example.com/\${env.B}`,
  },
  {
    name: 'a variable that is not set',
    yaml: `subgraphs:\n${file('films').replace('https:', `\${env.NOPE}:`)}`,
    code: 2,
    message: 'While reading env var NOPE for variable expansion',
    error: null,
    says: '→ Set the NOPE environment variable',
  },
  {
    name: 'a file as a value',
    yaml: `subgraphs:\n  films:\n    routing_url: https://films.example.com\n    schema: { sdl: "\${file.films.graphql}" }\n`,
    code: 0,
    composes: 'type Film',
  },
  {
    name: 'another key',
    yaml: `subgraphs:\n${file('films').replace('https:', `\${vault.x}:`)}`,
    code: 2,
    message: 'Invalid variable expansion key: vault.x',
    error: null,
  },
  {
    name: 'an unfinished variable stays text',
    yaml: `subgraphs:\n${file('films').replace('films.example.com', `films.example.com/\${env.X`)}`,
    code: 0,
    composes: `/\${env.X`,
  },
  {
    name: 'a missing schema file',
    yaml: `subgraphs:\n${file('nobody')}`,
    code: 2,
    message: "the schema of subgraph 'nobody' cannot be read: nobody.graphql",
    error: null,
  },
  {
    name: 'no routing_url',
    yaml: 'subgraphs:\n  films:\n    schema: { file: ./films.graphql }\n',
    code: 2,
    message: 'subgraphs.films: routing_url is missing',
    error: null,
  },
  {
    name: 'two sources at once',
    yaml: `subgraphs:\n  films:\n    routing_url: https://a.b\n    schema: { file: ./films.graphql, sdl: "x" }\n`,
    code: 2,
    message: 'subgraphs.films.schema: expected one of file, subgraph_url',
    error: null,
  },
  {
    name: 'a registry',
    yaml: 'subgraphs:\n  films:\n    routing_url: https://a.b\n    schema: { graphref: mygraph@current, subgraph: films }\n',
    code: 2,
    message: 'graphref needs a registry',
    error: null,
  },
  { name: 'a wrong name', yaml: `subgraphs:\n${file('1films')}`, code: 2, message: 'a subgraph name is a letter', error: null },
  { name: 'no subgraph', yaml: 'subgraphs: {}\n', code: 2, message: 'names no subgraph', error: null },
  { name: 'no YAML', yaml: 'subgraphs: [', code: 2, message: 'cannot be read', error: null },
  {
    name: 'one build error',
    yaml: `subgraphs:\n${sdl('a', 'type Query { x: Int }')}${sdl('b', 'type Query { x: Int }')}`,
    code: 1,
    message: 'Encountered 1 build error while trying to build a supergraph.',
    error: 'E029',
    build: ['INVALID_FIELD_SHARING'],
    says: 'error[E029]: Encountered 1 build error while trying to build a supergraph.\n\nCaused by:\n    INVALID_FIELD_SHARING: Non-shareable field "Query.x"',
  },
  {
    name: 'two build errors',
    yaml: `subgraphs:\n${sdl('a', 'type Query { x: Int y: Int }')}${sdl('b', 'type Query { x: Int y: Int }')}`,
    code: 1,
    message: 'Encountered 2 build errors while trying to build a supergraph.',
    error: 'E029',
    build: ['INVALID_FIELD_SHARING', 'INVALID_FIELD_SHARING'],
  },
  {
    name: 'no GraphQL',
    yaml: `subgraphs:\n${sdl('a', 'type Query {')}`,
    code: 1,
    message: 'Encountered 1 build error while trying to build a supergraph.',
    error: 'E029',
    build: ['INVALID_GRAPHQL'],
    says: 'at supergraph.yaml#a:1:',
  },
  {
    name: 'unreachable data',
    yaml: `subgraphs:\n${sdl('a', 'type Query { t: T } type T { x: Int }')}${sdl('b', 'type Query { b: Int } type T { y: Int }')}`,
    code: 1,
    message: 'Encountered',
    error: 'E029',
    build: ['SATISFIABILITY_ERROR'],
    says: 'T.y',
  },
];

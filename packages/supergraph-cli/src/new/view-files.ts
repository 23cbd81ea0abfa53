import { pluralType } from './subgraph-names.ts';
import type { ViewFacts } from './view-facts.ts';

/** A view's names and place. */
export interface ViewNames {
  /** The folder below bffs/. */
  bff: string;
  /** `flash-sale`: its files, and its path below /views/. */
  kebab: string;
  /** `flashSale`. */
  camel: string;
  /** `FlashSale`. */
  pascal: string;
}

const FIRST = 20;

const wordsOf = (type: string): string =>
  type
    .split(/(?=[A-Z])/)
    .join(' ')
    .toLowerCase();

const quote = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;

const operation = ({ pascal }: ViewNames, { field, params, isList, leaves }: ViewFacts): string => {
  const variables = [...params.map(({ name, type }) => `$${name}: ${type}`), ...(isList ? ['$first: Int!', '$after: String'] : [])];
  const given = [...params.map(({ name }) => `${name}: $${name}`), ...(isList ? ['first: $first', 'after: $after'] : [])];
  const list = (parts: readonly string[]): string => (parts.length === 0 ? '' : `(${parts.join(', ')})`);
  const selection = isList ? `nodes { ${leaves.join(' ')} } pageInfo { hasNextPage endCursor }` : leaves.join(' ');
  return `query ${pascal}View${list(variables)} { ${field}${list(given)} { ${selection} } }\n`;
};

const notFound = ({ params: [param], field, type, isList }: ViewFacts): string =>
  param === undefined || isList
    ? ''
    : `notFound: (data, { ${param.name} }) => (data.${field} === null ? nothingThere(${quote(wordsOf(type))}, ${param.name}) : undefined),`;

const imports = ({ params, isList }: ViewFacts, missing: string): string => {
  const names = [...(isList ? ['afterParameter'] : []), 'defineView', ...(isList ? ['firstParameter'] : []), ...(params.length > 0 ? ['text'] : [])];
  const problem = missing === '' ? '' : "import { nothingThere } from '@supergraph/bff/nothing-there';\n";
  return `${problem}import { ${names.join(', ')} } from '@supergraph/bff/view';`;
};

const VARIABLES = ['() => ({})', '({ params }) => params', '({ query }) => query', '({ params, query }) => ({ ...params, ...query })'];

/** The options that say what a request holds, and what becomes of it. */
const inputs = ({ params, isList }: ViewFacts): string => {
  const texts = params.map(({ name, description, example }) => `${name}: text(${quote(description)}, ${quote(example ?? 'no-such')})`);
  return `
  ${params.length === 0 ? '' : `params: { ${texts.join(', ')} },`}
  ${isList ? `query: { first: firstParameter(${FIRST}), after: afterParameter() },` : ''}
  variables: ${VARIABLES[(params.length > 0 ? 1 : 0) + (isList ? 2 : 0)]},`;
};

const module = ({ kebab, camel, pascal }: ViewNames, facts: ViewFacts): string => {
  const { params, isList, type, isGuarded } = facts;
  const missing = notFound(facts);
  return `${imports(facts, missing)}
import { ${pascal}ViewDocument } from '../generated/graphql.ts';

export const ${camel} = defineView({
  name: '${camel}',
  url: '/views/${[kebab, ...params.map(({ name }) => `:${name}`)].join('/')}',
  summary: '${isList ? `A page of ${wordsOf(pluralType(type))}.` : `One ${wordsOf(type)}.`}',
  document: ${pascal}ViewDocument,${inputs(facts)}
  ${isGuarded ? "signIn: 'see this'," : ''}
  cache: '${isGuarded ? 'personal' : 'public'}',
  ${missing}
});
`;
};

const listTest = ({ bff, kebab }: ViewNames, { field, params, isGuarded }: ViewFacts): string => {
  const path = ['/views', kebab, ...params.map(({ example }) => example ?? 'no-such')].join('/');
  return `test('${kebab} has as many as asked for, and goes on where its page ended', async () => {
  ${isGuarded ? `expect((await world.view('${bff}', '${path}')).status).toBe(401);` : ''}
  const { status, body } = await world.view('${bff}', '${path}?first=2', { token });
  expect([status, body.missing, body.${field}.nodes.length]).toEqual([200, [], 2]);
  const next = await world.view('${bff}', \`${path}?first=2&after=\${encodeURIComponent(body.${field}.pageInfo.endCursor)}\`, { token });
  expect(next.status).toBe(200);
  expect(next.body.${field}.nodes).not.toEqual(body.${field}.nodes);
});
`;
};

const singleTest = ({ bff, kebab }: ViewNames, { field, params, isGuarded }: ViewFacts): string => {
  const path = (values: readonly string[]): string => ['/views', kebab, ...values].join('/');
  const examples = params.flatMap(({ example }) => example ?? []);
  const [param] = params;
  const found =
    examples.length < params.length
      ? ''
      : `const { status, body } = await world.view('${bff}', '${path(examples)}', { token });
  expect([status, body.missing]).toEqual([200, []]);
  ${param === undefined ? `expect(body).toHaveProperty('${field}');` : ''}`;
  const refused = isGuarded ? `expect((await world.view('${bff}', '${path(params.map(() => 'no-such'))}')).status).toBe(401);` : '';
  const missing =
    param === undefined ? '' : `expect((await world.view('${bff}', '${path(params.map(() => 'no-such'))}', { token })).status).toBe(404);`;
  return `test('${kebab} shows what there is${param === undefined ? '' : ', and says what is not'}', async () => {
  ${[found, refused, missing].filter((part) => part !== '').join('\n  ')}
});
`;
};

const test = (names: ViewNames, facts: ViewFacts): string => `import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BffWorld, startBffWorld } from './bff-world.ts';

let world: BffWorld;
let token: string;

beforeAll(async () => {
  world = await startBffWorld();
  token = await world.signIn('staff@example.com');
}, 180_000);
afterAll(() => world?.stop());

${facts.isList ? listTest(names, facts) : singleTest(names, facts)}`;

const testFile = ({ bff, kebab }: ViewNames): string => `tests/bffs/${bff}-${kebab}.e2e.test.ts`;

/** The paths of a view's own files: operation, module, test. From the root. */
export const pathsOf = (names: ViewNames): readonly [string, string, string] => [
  `bffs/${names.bff}/src/views/${names.kebab}.graphql`,
  `bffs/${names.bff}/src/views/${names.kebab}.ts`,
  testFile(names),
];

/** A view's own files by path; they want formatting, and codegen. */
export const viewFiles = (names: ViewNames, facts: ViewFacts): Map<string, string> => {
  const [operationFile, moduleFile, testPath] = pathsOf(names);
  const clean = (text: string): string => text.replace(/^ +\n/gm, '');
  return new Map([
    [operationFile, operation(names, facts)],
    [moduleFile, clean(module(names, facts))],
    [testPath, clean(test(names, facts))],
  ]);
};

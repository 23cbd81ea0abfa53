import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from '../run-command.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@tag", "@authenticated"])`;

/** Two subgraphs: products owns Product, reviews owns Review and extends Product. */
export const SMALL_GRAPH: Readonly<Record<string, string>> = {
  'supergraph.yaml': `federation_version: 2
subgraphs:
  products:
    routing_url: http://127.0.0.1:4001/graphql
    schema: { file: ./products.graphql }
  reviews:
    routing_url: http://127.0.0.1:4002/graphql
    schema: { file: ./reviews.graphql }
`,
  'products.graphql': `${LINK}
type Query { products: [Product!]! }
"Something that is sold."
type Product @key(fields: "id") { id: ID! name: String! price: Int! margin: Int @tag(name: "staff") @authenticated }
`,
  'reviews.graphql': `${LINK}
type Query { reviews: [Review!]! }
type Review @key(fields: "id") { id: ID! text: String! @deprecated(reason: "Use words.") about: Product! }
type Product @key(fields: "id") { id: ID! price: Int! @external reviews: [Review!]! worth: Int @requires(fields: "price") }
`,
  'router/router.yaml': 'contracts:\n  public: { exclude: [staff] }\n',
  'supergraph.check.yaml': 'operations:\n  shop: "shop/*.graphql"\n',
  'shop/prices.graphql': 'query Prices { products { name price } }\n',
  'shop/opinions.graphql': 'query Opinions {\n  products {\n    reviews { about { name } }\n  }\n}\n',
};

/** A folder with these files, which is removed when the test ends. */
export const createFolder = (files: Readonly<Record<string, string>>): { folder: string; write(file: string, text: string): void } & Disposable => {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-cli-'));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  return { folder, write, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
};

/** Runs a command in a folder, as main.ts does. */
export const runIn = async (
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: unknown; out: string; err: string }> => {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCommand(args, { cwd, env, write: (text) => void out.push(text), writeError: (text) => void err.push(text) });
  return { code, out: out.join(''), err: err.join('') };
};

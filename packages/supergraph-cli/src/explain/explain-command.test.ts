import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ERRORS } from '@apollo/federation-internals';
import { describe, expect, test } from 'vitest';
import { createFolder, runIn, SMALL_GRAPH } from '../testing/small-graph.ts';
import { adviceFor } from './code-advice.ts';
import { explainCode } from './explain-code.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

const explain = async (folder: string, what: string) => JSON.parse((await runIn(folder, ['explain', what, '--format', 'json'])).out);

describe('explain CODE', () => {
  test('says why and what to do for every error of composition', () => {
    for (const { code, description } of Object.values(ERRORS)) {
      expect(adviceFor(code), code).toBeDefined();
      expect(explainCode('/', code)).toMatchObject({ code, from: 'composition', meaning: description, fix: expect.stringMatching(/\.$/) });
    }
    expect(adviceFor('NO_SUCH_CODE')).toBeUndefined();
  });

  test('knows every code of docs/errors.md, and where ours are made', () => {
    const codes = [...readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].flatMap(([, code]) => code ?? []);
    expect(codes.length).toBeGreaterThan(60);
    for (const code of codes) {
      const more = explainCode(ROOT, code)?.more ?? '';
      const [file = '', line] = more.split(':');
      expect(existsSync(join(ROOT, file)), `${code}: ${more}`).toBe(true);
      if (line !== undefined) expect(readFileSync(join(ROOT, file), 'utf8').split('\n')[Number(line) - 1], more).toContain(code);
    }
    expect(explainCode(ROOT, 'ORDER_NOT_FOUND')).toMatchObject({
      from: 'subgraphs/order (not-found, HTTP 404)',
      meaning: "There is no order '{number}'.",
      more: expect.stringMatching(/^subgraphs\/order\/src\/domain\/[\w-]+\.ts:\d+$/),
    });
  });

  test('knows the rules of check, with their source', async () => {
    using graph = createFolder(SMALL_GRAPH);
    expect(await explain(graph.folder, 'FIELD_REMOVED')).toMatchObject({
      from: 'supergraph check (breaking)',
      meaning: 'Field removed: a change that is breaking by rule.',
      more: expect.stringContaining('spec.graphql.org'),
    });
  });

  test('names the nearest code for one that nobody gives', async () => {
    using graph = createFolder(SMALL_GRAPH);
    const { code, err } = await runIn(graph.folder, ['explain', 'INVALID_FIELD_SHARNIG']);
    expect([code, err]).toEqual([2, "✗ there is no code 'INVALID_FIELD_SHARNIG'\n  → did you mean INVALID_FIELD_SHARING?\n"]);
    expect((await runIn(graph.folder, ['explain', 'E029'])).out).toContain('The subgraphs do not compose into a supergraph.');
  });
});

describe('explain a coordinate', () => {
  test('of a field that the router answers from events: which, and who gives the entity', async () => {
    expect(await explain(ROOT, 'Subscription.productPriceChanged')).toMatchObject({
      events: ['product.price-changed.v1'],
      subgraphs: [{ subgraph: 'category', role: 'gives the Product of each event' }],
    });
  });

  test('of an entity: owner, extensions, keys, who reaches it, who uses it', async () => {
    using graph = createFolder(SMALL_GRAPH);
    expect(await explain(graph.folder, 'Product')).toMatchObject({
      kind: 'type',
      description: 'Something that is sold.',
      owner: 'products',
      subgraphs: [
        { subgraph: 'products', role: 'owns it, alone resolves name, price, margin' },
        { subgraph: 'reviews', role: 'extends it, alone resolves reviews, worth' },
      ],
      keys: [
        { subgraph: 'products', fields: 'id', resolvable: true },
        { subgraph: 'reviews', fields: 'id', resolvable: true },
      ],
      referencedBy: ['Query.products', 'Review.about'],
      places: [
        { subgraph: 'products', place: 'products.graphql:4:6' },
        { subgraph: 'reviews', place: 'reviews.graphql:4:6' },
      ],
      usages: [
        { client: 'shop', operation: 'Opinions', place: 'shop/opinions.graphql:2:3' },
        { client: 'shop', operation: 'Prices', place: 'shop/prices.graphql:1:16' },
      ],
      operations: 2,
    });
  });

  test('of a field: who resolves and needs it, guards, contracts, deprecation', async () => {
    using graph = createFolder(SMALL_GRAPH);
    expect(await explain(graph.folder, 'Product.margin')).toMatchObject({
      kind: 'Int',
      owner: 'products',
      guards: ['@authenticated'],
      tags: ['staff'],
      contracts: { shown: [], hidden: ['public'] },
      usages: [],
    });
    expect(await explain(graph.folder, 'Product.price')).toMatchObject({
      subgraphs: [
        { subgraph: 'products', role: 'resolves it' },
        { subgraph: 'reviews', role: 'needs it (@external)' },
      ],
      contracts: { shown: ['public'], hidden: [] },
      usages: [{ operation: 'Prices', place: 'shop/prices.graphql:1:32' }],
    });
    expect(await explain(graph.folder, 'Product.worth')).toMatchObject({
      subgraphs: [
        { subgraph: 'reviews', role: 'resolves it' },
        { subgraph: 'reviews', role: 'needs price to resolve it (@requires)' },
      ],
    });
    expect(await explain(graph.folder, 'Review.about')).toMatchObject({
      leadsTo: 'Product, an entity of products: the router asks products for the rest by id',
    });
    expect(await explain(graph.folder, 'Review.text')).toMatchObject({ deprecated: 'Use words.' });
  });

  test('prints it for people, and refuses what is not there', async () => {
    using graph = createFolder(SMALL_GRAPH);
    const { out } = await runIn(graph.folder, ['explain', 'Product.margin']);
    expect(out).toContain('Product.margin: Int\n');
    expect(out).toContain('  Guarded by   @authenticated\n');
    expect(out).toContain('  Contracts    in none (not in public)\n');
    expect(out).toContain('  Used by      0 of 2 operations\n');
    expect(await runIn(graph.folder, ['explain', 'Product.nmae'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean Product.name?'),
    });
    expect(await runIn(graph.folder, ['explain', 'a b'])).toMatchObject({ code: 2, err: expect.stringContaining('is no code, type or field') });
    graph.write('reviews.graphql', 'type Query {');
    expect(await runIn(graph.folder, ['explain', 'Product'])).toMatchObject({ code: 1, err: expect.stringContaining('reviews.graphql:1:13') });
  });
});

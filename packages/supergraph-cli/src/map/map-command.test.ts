import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createFolder, runIn, SMALL_GRAPH } from '../testing/small-graph.ts';

const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd, encoding: 'utf8' });

const read = (folder: string, file: string): string => readFileSync(join(folder, file), 'utf8');

/** The titles of what is drawn in a class: `order/Product extends …`. */
const titles = (svg: string): string[] => [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => title ?? '');

describe('map', () => {
  test('draws subgraphs, entities and references, always the same, and --check tells when it is stale', async () => {
    using graph = createFolder(SMALL_GRAPH);
    expect((await runIn(graph.folder, ['map', '--check'])).code).toBe(1);
    expect(await runIn(graph.folder, ['map'])).toMatchObject({ code: 0, out: '✓ written: docs/map.svg, docs/map.html\n' });
    const svg = read(graph.folder, 'docs/map.svg');
    expect(titles(svg)).toEqual([
      'subgraph products: Query.products',
      'subgraph reviews: Query.reviews',
      'reviews/Product extends products/Product: extends by id',
      'reviews/Product refers reviews/Review: reviews',
      'reviews/Review refers products/Product: about',
      'Product, an entity of products: name, price, margin',
      'reviews adds these fields to Product: reviews, worth',
      'Review, an entity of reviews: text, about',
    ]);
    expect(svg).not.toMatch(/<script|(?:href|src)="|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    expect(read(graph.folder, 'docs/map.html')).toContain('<td><code>id</code></td><td><code>reviews</code>, <code>worth</code></td>');

    expect((await runIn(graph.folder, ['map', '--check'])).code).toBe(0);
    using twin = createFolder(SMALL_GRAPH);
    await runIn(twin.folder, ['map']);
    expect(read(twin.folder, 'docs/map.svg')).toBe(svg);
    graph.write('products.graphql', SMALL_GRAPH['products.graphql']?.replace('name: String!', 'name: String! weight: Int') ?? '');
    expect(await runIn(graph.folder, ['map', '--check'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('✗ stale: docs/map.svg, docs/map.html'),
    });
  });

  test('--base paints what a change adds and removes', async () => {
    using graph = createFolder(SMALL_GRAPH);
    await runIn(graph.folder, ['compose']);
    git(graph.folder, 'init', '--quiet', '--initial-branch=main');
    git(graph.folder, 'add', '--all');
    git(graph.folder, 'commit', '--quiet', '--message=base');
    graph.write('products.graphql', SMALL_GRAPH['products.graphql']?.replace('name: String!', 'name: String! weight: Int') ?? '');
    graph.write('reviews.graphql', SMALL_GRAPH['reviews.graphql']?.replace(' about: Product!', '') ?? '');
    expect((await runIn(graph.folder, ['map', '--base', 'main', '--output', 'out'])).code).toBe(0);
    const svg = read(graph.folder, 'out/map.svg');
    const classed = (change: string): string[] =>
      [...svg.matchAll(new RegExp(`class="(\\w+)[\\w ]* ${change}"[^>]*>([^<]*)`, 'g'))].map(([, kind, text]) => `${kind} ${text}`.trim());
    expect(classed('added')).toEqual(['field + weight']);
    expect(classed('removed')).toEqual(['edge', 'label − about', 'field − about']);
    expect(read(graph.folder, 'out/map.html')).toContain('<ins><code>weight</code></ins>');
    expect(git(graph.folder, 'status', '--porcelain', 'docs')).toBe('');
    expect(await runIn(graph.folder, ['map', '--base', 'nope'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('supergraph.graphql of nope cannot be read'),
    });
    expect((await runIn(graph.folder, ['map', '--base', '--output=x'])).code).toBe(2);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { INTERNAL_TOKEN_HEADER, verifyInternalToken } from '@supergraph/identity/internal-token';
import { describe, expect, test } from 'vitest';
import { FILMS, file, link, PEOPLE, ROVER_CASES, sdl } from '../testing/rover-corpus.ts';
import { createFolder, runIn, SMALL_GRAPH } from '../testing/small-graph.ts';
import { COMPOSER_VERSION } from './compose-command.ts';

const FILES = { 'films.graphql': link(FILMS), 'people.graphql': link(PEOPLE) };

describe('compose, like Rover', () => {
  test.each(ROVER_CASES)('$name', async ({ yaml, env = {}, args = [], code, composes, message, error, build, says = '' }) => {
    using place = createFolder({ ...FILES, 'supergraph.yaml': yaml });
    const plain = await runIn(place.folder, ['compose', '--config', 'supergraph.yaml', ...args], env);
    expect([plain.code, plain.err]).toEqual([code, expect.stringContaining(says)]);
    if (composes === undefined) expect(plain.out).toBe('');
    else expect(plain.out).toContain(composes);

    const json = await runIn(place.folder, ['compose', '--config', 'supergraph.yaml', '--format', 'json', ...args], env);
    expect(json.code).toBe(code);
    const envelope = JSON.parse(json.out);
    if (composes === undefined) {
      expect(envelope).toMatchObject({
        json_version: '1',
        data: { success: false },
        error: { code: error, message: expect.stringContaining(message ?? '') },
      });
      expect(envelope.error.details?.build_errors.map((one: { code: string }) => one.code)).toEqual(build);
    } else
      expect(envelope).toEqual({
        json_version: '1',
        data: { core_schema: plain.out, hints: expect.any(Array), federation_version: COMPOSER_VERSION, success: true },
        error: null,
      });
  });

  test('a build error has Rover’s members, with the place', async () => {
    const schema = link('type Query { x: Int }');
    using place = createFolder({ 'c.yaml': `subgraphs:\n${sdl('a', 'type Query { x: Int }')}${sdl('b', 'type Query { x: Int }')}` });
    const { out } = await runIn(place.folder, ['compose', '--config', 'c.yaml', '--format', 'json']);
    const start = schema.indexOf('x: Int');
    const node = {
      source: schema,
      start: { start, end: start + 1, line: 1, column: start + 1 },
      end: { start: start + 3, end: start + 6, line: 1, column: start + 4 },
    };
    expect(JSON.parse(out).error.details.build_errors).toEqual([
      {
        message: expect.stringContaining('Query.x'),
        code: 'INVALID_FIELD_SHARING',
        type: 'composition',
        nodes: [
          { subgraph: 'a', ...node },
          { subgraph: 'b', ...node },
        ],
        omittedNodesCount: 0,
      },
    ]);
  });

  test('hints come on standard error, and in JSON', async () => {
    using place = createFolder({
      'c.yaml': `subgraphs:\n${sdl('a', '"One." type T @shareable { x: Int } type Query { a: T }')}${sdl('b', '"Other." type T @shareable { x: Int } type Query { b: T }')}`,
    });
    const { err, out } = await runIn(place.folder, ['compose', '--config', 'c.yaml', '--hints']);
    expect(err).toContain('HINT: [INCONSISTENT_DESCRIPTION]: ');
    expect(out).not.toContain('HINT');
    const json = await runIn(place.folder, ['compose', '--config', 'c.yaml', '--format', 'json']);
    expect(JSON.parse(json.out).data.hints).toMatchObject([{ code: 'INCONSISTENT_DESCRIPTION', message: expect.any(String) }]);
  });

  test('--output writes whole files and keeps what is there when it does not compose', async () => {
    using place = createFolder({ ...FILES, 'c.yaml': `subgraphs:\n${file('films')}` });
    const args = ['compose', '--config', 'c.yaml', '-o', 'out/prod.graphql'];
    expect(await runIn(place.folder, args)).toMatchObject({ code: 0, out: '' });
    const composed = readFileSync(join(place.folder, 'out/prod.graphql'), 'utf8');
    expect(composed).toContain('type Film');
    place.write('films.graphql', 'type Query {');
    expect((await runIn(place.folder, args)).code).toBe(1);
    expect(readFileSync(join(place.folder, 'out/prod.graphql'), 'utf8')).toBe(composed);
    expect((await runIn(place.folder, ['compose', '--config', 'c.yaml', '--format', 'xml'])).err).toContain("there is no format 'xml'");
  });
});

describe('compose of a running subgraph', () => {
  const key = `${'k'.repeat(16)}0123456789abcdef`;
  const serve = async (answer: (token: string | undefined, body: string) => [number, string]) => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => void chunks.push(chunk));
      request.on('end', () => {
        const token = request.headers[INTERNAL_TOKEN_HEADER] ?? request.headers['authorization'];
        const [status, text] = answer(token?.toString(), Buffer.concat(chunks).toString());
        response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
    return { url, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())) };
  };
  const config = (url: string, more = ''): string => `subgraphs:\n  films:\n    schema:\n      subgraph_url: ${url}\n${more}`;
  const schema = JSON.stringify({ data: { _service: { sdl: link(FILMS) } } });

  test('asks _service, signed with the key of the room, and routes to the same URL', async () => {
    await using films = await serve((token = '', body) =>
      verifyInternalToken({ key, audience: 'films', token, body }) === undefined ? [401, ''] : [200, schema],
    );
    using place = createFolder({ 'c.yaml': config(films.url) });
    const composed = await runIn(place.folder, ['compose', '--config', 'c.yaml'], { FILMS_INTERNAL_KEY: key });
    expect(composed).toMatchObject({ code: 0, out: expect.stringContaining(`url: "${films.url}"`) });
    const refused = await runIn(place.folder, ['compose', '--config', 'c.yaml']);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('set FILMS_INTERNAL_KEY, or introspection_headers') });
    expect(refused.err).not.toContain(key);
  });

  test('sends introspection_headers', async () => {
    await using films = await serve((token) => (token === 'Bearer secret' ? [200, schema] : [403, '']));
    const headers = `      introspection_headers:\n        Authorization: Bearer \${env.FILMS_TOKEN:-secret}\n`;
    using place = createFolder({ 'c.yaml': config(films.url, headers) });
    expect((await runIn(place.folder, ['compose', '--config', 'c.yaml'])).code).toBe(0);
    expect((await runIn(place.folder, ['compose', '--config', 'c.yaml'], { FILMS_TOKEN: 'x' })).err).toContain('answers 403 without its schema');
  });

  test('says what answers wrongly, or not at all', async () => {
    await using films = await serve(() => [200, '<html>']);
    using place = createFolder({ 'c.yaml': config(films.url), 'gone.yaml': config('http://127.0.0.1:1/graphql') });
    expect(await runIn(place.folder, ['compose', '--config', 'c.yaml'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('answers 200 without its schema'),
    });
    expect(await runIn(place.folder, ['compose', '--config', 'gone.yaml'])).toMatchObject({
      code: 3,
      err: expect.stringMatching(/cannot be asked for its schema.*\n {2}→ /),
    });
  });
});

describe('compose of a checkout', () => {
  test('writes supergraph and contracts, and --check tells when they are stale', async () => {
    using graph = createFolder(SMALL_GRAPH);
    expect((await runIn(graph.folder, ['compose', '--check'])).code).toBe(1);
    await runIn(graph.folder, ['compose']);
    expect(existsSync(join(graph.folder, 'contracts/public.graphql'))).toBe(true);
    expect(await runIn(graph.folder, ['compose', '--check'])).toMatchObject({ code: 0, out: '✓ supergraph.graphql and contracts are fresh\n' });
    graph.write('products.graphql', SMALL_GRAPH['products.graphql']?.replace('name: String!', 'title: String!') ?? '');
    expect(await runIn(graph.folder, ['compose', '--check'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('✗ stale: contracts/public.graphql, supergraph.graphql'),
    });
    const written = await runIn('/', ['compose', '--write', '--config', join(graph.folder, 'supergraph.yaml')]);
    expect(written).toMatchObject({ code: 0, out: '✓ written: contracts/public.graphql, supergraph.graphql\n' });
  });
});

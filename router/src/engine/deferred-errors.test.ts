import { describe, expect, it } from 'vitest';
import { shop, users, written } from './testing/deferred-shop.ts';

describe('errors and null:', () => {
  it('an error in a part is told with its own patch, by the path from the root', async () => {
    const results = await shop.defer('{ users { id ... @defer { failing } } }');
    expect(results[0]).toEqual({ data: { users: [{ id: '1' }, { id: '2' }, { id: '3' }] }, hasNext: true });
    expect(results[1]?.incremental).toEqual([
      { data: { failing: 'fine' }, path: ['users', 0] },
      {
        data: { failing: null },
        path: ['users', 1],
        errors: [{ message: 'it failed', path: ['users', 1, 'failing'], extensions: expect.objectContaining({ serviceName: 'reviews' }) }],
      },
      { data: { failing: 'fine' }, path: ['users', 2] },
    ]);
  });

  it('null where none may be makes the part null, and nothing outside it', async () => {
    const results = await shop.defer('{ users { id ... @defer { strict score } } }');
    expect(results[0]?.data).toEqual({ users: [{ id: '1' }, { id: '2' }, { id: '3' }] });
    expect(results[1]?.incremental?.map(({ data, errors }) => [data, errors?.[0]?.message])).toEqual([
      [{ strict: 'there', score: 10 }, undefined],
      [null, 'strict failed'],
      [{ strict: 'there', score: 30 }, undefined],
    ]);
  });

  it('what null took away before gets no part', async () => {
    const results = await shop.defer('{ slowRoot me { broken ... @defer { score } } }');
    expect(results).toEqual([
      { data: { slowRoot: 'slow', me: null }, errors: [expect.objectContaining({ message: expect.any(String) })], hasNext: false },
    ]);
  });

  it('null that reaches the root leaves nothing to tell', async () => {
    const results = await shop.defer('{ strictMe { broken ... @defer { score } } me { ... @defer { name } } }');
    expect(results.map(({ data, hasNext }) => [data, hasNext])).toEqual([[null, false]]);
  });

  it('a part within a part that became null is not told', async () => {
    const results = await shop.defer('{ node { ... on User @defer(label: "outer") { strict reviews { ... @defer(label: "inner") { text } } } } }');
    expect(results.slice(1).flatMap(({ incremental = [] }) => incremental.map(({ data, label }) => [data, label]))).toEqual([[null, 'outer']]);
    expect(results.at(-1)?.hasNext).toBe(false);
  });

  it('a subgraph that fails costs only the parts that need it', async () => {
    const send = shop.sender([]);
    const results = await shop.defer(
      '{ users { id ... @defer(label: "a") { score } ... @defer(label: "b") { name } } }',
      {},
      async (service, question) =>
        service === 'reviews' ? { errors: [{ message: 'down', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] } : send(service, question),
    );
    const patches = results.flatMap(({ incremental = [] }) => incremental);
    expect(patches.filter(({ label }) => label === 'b').map(({ data }) => data)).toEqual(users.map(({ name }) => ({ name })));
    const failed = patches.filter(({ label }) => label === 'a');
    expect(failed.map(({ data }) => data)).toEqual([{ score: null }, { score: null }, { score: null }]);
    expect(failed.flatMap(({ errors = [] }) => errors.map(({ message }) => message))).toEqual(['down']);
  });

  it('a value that the schema does not allow is told as such, once nothing else is told', async () => {
    const results = await shop.defer('{ me { id ... @defer { plain { c } } } }', {}, async (_service, { query }) =>
      query.includes('plain') ? { data: { _entities: [{ plain: { c: 'text' } }] } } : { data: { me: { __typename: 'User', id: '1' } } },
    );
    expect(results[1]?.incremental).toEqual([
      { data: { plain: null }, path: ['me'], extensions: { valueCompletion: [expect.objectContaining({ path: ['me', 'plain', 'c'] })] } },
    ]);
  });
});

describe('mutations:', () => {
  it('their payloads are deferred; all is written, in order, before anything is read later', async () => {
    written.length = 0;
    const asked: string[] = [];
    const send = shop.sender(asked, (_service, query) => void written.push(query.includes('score') ? 'read' : 'ask'));
    const results = await shop.defer('mutation { rename(name: "x") { name ... @defer { score } } again(name: "y") { name } }', {}, send);
    expect(results).toEqual([
      { data: { rename: { name: 'x' }, again: { name: 'y' } }, hasNext: true },
      { incremental: [{ data: { score: 10 }, path: ['rename'] }], hasNext: false },
    ]);
    expect(written.filter((what) => what !== 'ask')).toEqual(['write x', 'write y', 'read']);
  });
});

describe('the end of the results:', () => {
  const HANGING = '{ me { id ... @defer { score } } }';

  it('return() ends a fetch that is under way, also while somebody waits for the next result', async () => {
    const send = shop.sender([], (service) => (service === 'reviews' ? new Promise(() => undefined) : undefined));
    const results = shop.graph.start(shop.question(HANGING), send);
    await results?.next();
    const waiting = results?.next().catch((error: unknown) => error);
    await results?.return();
    expect(await waiting).toMatchObject({ code: 'REQUEST_TIMEOUT' });
    expect((await results?.next())?.done).toBe(true);
  });

  it("the context's signal does the same", async () => {
    const ended = new AbortController();
    const send = shop.sender([], (service) => (service === 'reviews' ? new Promise(() => undefined) : undefined));
    const results = shop.graph.start(shop.question(HANGING), send, { signal: ended.signal });
    await results?.next();
    const waiting = results?.next();
    ended.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
  });
});

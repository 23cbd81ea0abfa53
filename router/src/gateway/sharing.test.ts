import { ANONYMOUS_IDENTITY, type Identity } from '@supergraph/identity/identity';
import { describe, expect, it } from 'vitest';
import type { SubgraphRequest } from '../subgraphs/subgraph-client.ts';
import type { SubgraphAnswer } from '../subgraphs/subgraph-failure.ts';
import { createFetchSharing } from './share-fetches.ts';

const customer = (userId: string, scopes: string[] = []): Identity => ({ caller: { role: 'customer', userId }, scopes, claims: {} });

const FETCH: SubgraphRequest = {
  query: 'query Mine__a__0{me{name}}',
  operationName: 'Mine__a__0',
  variables: { x: 1 },
  kind: 'query',
  identity: ANONYMOUS_IDENTITY,
  headers: new Map([['x-request-id', 'r-1']]),
  deadline: 1e9,
  signal: new AbortController().signal,
};

/** Asks for all at the same time. @returns how many were sent, and the answers. */
const askAll = async (
  requests: readonly Partial<SubgraphRequest>[],
  settings = { share: true, timeoutMs: 1e10 },
  answer?: () => Promise<SubgraphAnswer>,
) => {
  const shareFetch = createFetchSharing();
  const sent: SubgraphRequest[] = [];
  const send = async (request: SubgraphRequest): Promise<SubgraphAnswer> => {
    sent.push(request);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return answer?.() ?? { data: { me: { name: 'x' } } };
  };
  const answers = await Promise.all(
    requests.map((request) => shareFetch({ subgraph: () => 'a http://a', request: { ...FETCH, ...request }, traffic: settings, send })),
  );
  return { sent, answers };
};

describe('identical fetches of several requests', () => {
  it('are sent once where the subgraph allows it, whatever the operation and the request are called', async () => {
    const other = { query: 'query Yours__a__0{me{name}}', operationName: 'Yours__a__0', headers: new Map([['x-request-id', 'r-2']]) };
    expect((await askAll([{}, other, {}])).sent.length).toBe(1);
    expect((await askAll([{}, other, {}], { share: false, timeoutMs: 1e10 })).sent.length).toBe(3);
  });

  it('are answered with data of their own', async () => {
    const { answers } = await askAll([{}, {}]);
    expect(answers[1]).toEqual(answers[0]);
    Object.assign(answers[0]?.data as { me: object }, { me: 'changed' });
    expect(answers[1]?.data).toEqual({ me: { name: 'x' } });
  });

  it.each<[string, Partial<SubgraphRequest>]>([
    ['another caller', { identity: customer('u-1') }],
    ['other variables', { variables: { x: 2 } }],
    ['another operation', { query: 'query Mine__a__0{me{id}}' }],
    ['another forwarded header', { headers: new Map([['x-tenant', 'b']]) }],
    ['less time', { deadline: 5e8 }],
  ])('are not shared with %s', async (_what, different) => {
    expect((await askAll([{}, different])).sent.length).toBe(2);
  });

  it('are not shared by one user with another, nor by the same with other scopes', async () => {
    const identities = [customer('u-1'), customer('u-2'), customer('u-1', ['read']), customer('u-1')];
    expect((await askAll(identities.map((identity) => ({ identity })))).sent.length).toBe(3);
  });

  it('are never shared when they are mutations', async () => {
    const mutation = { kind: 'mutation' as const, query: 'mutation Mine__a__0{go}' };
    expect((await askAll([mutation, mutation])).sent.length).toBe(2);
    // What a mutation reads afterwards was not there yet for whoever asked before.
    expect((await askAll([{}, { isFresh: true }, { isFresh: true }])).sent.length).toBe(3);
  });

  it('share their errors too, and nothing once they are answered', async () => {
    let times = 0;
    const shareFetch = createFetchSharing();
    const send = async (): Promise<SubgraphAnswer> => ({ data: null, errors: [{ message: `failed ${++times}` }] });
    const once = () => shareFetch({ subgraph: () => 'a', request: FETCH, traffic: { share: true, timeoutMs: 1e10 }, send });
    expect(await Promise.all([once(), once()])).toEqual([
      { data: null, errors: [{ message: 'failed 1' }] },
      { data: null, errors: [{ message: 'failed 1' }] },
    ]);
    expect(await once()).toEqual({ data: null, errors: [{ message: 'failed 2' }] });
  });

  it('go on when one who asked goes away, and end when all have', async () => {
    const controllers = [new AbortController(), new AbortController()];
    const asking = askAll(controllers.map(({ signal }) => ({ signal })));
    controllers[0]?.abort();
    const { sent } = await asking;
    expect(sent.map(({ signal }) => signal?.aborted)).toEqual([false]);
    const gone = [new AbortController(), new AbortController()];
    const leaving = askAll(gone.map(({ signal }) => ({ signal })));
    for (const controller of gone) controller.abort();
    expect((await leaving).sent.map(({ signal }) => signal?.aborted)).toEqual([true]);
  });
});

import { randomUUID } from 'node:crypto';
import { type GraphQLDataSourceProcessOptions, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ERROR_KINDS } from '@supergraph/errors';
import type { Logger } from '@supergraph/service/logging';
import type { GraphQLFormattedError } from 'graphql';
import type { RequestContext } from './request-context.ts';

type Fetcher = RemoteGraphQLDataSource['fetcher'];
type FetcherResponse = Awaited<ReturnType<Fetcher>>;
type SubgraphResponse = Awaited<ReturnType<RemoteGraphQLDataSource['process']>>;

export interface SubgraphDataSourceOptions {
  name: string;
  url: string;
  timeoutMs: number;
  logger: Logger;
}

/** A subgraph that answered with an HTTP error status and GraphQL errors that say why, for instance 401. */
class RefusedBySubgraph extends Error {
  readonly errors: readonly GraphQLFormattedError[];

  constructor(status: number, errors: readonly GraphQLFormattedError[]) {
    super(`answered ${status}`);
    this.errors = errors;
  }
}

const errorsIn = (body: object | string): readonly GraphQLFormattedError[] => {
  const errors = typeof body === 'object' && 'errors' in body && Array.isArray(body.errors) ? body.errors : [];
  return errors.filter((error) => typeof error?.message === 'string');
};

/** `fetch` that gives up on the whole answer after `timeoutMs` and goes nowhere else than it was sent. */
const createFetcher =
  (timeoutMs: number): Fetcher =>
  (url, init) => {
    const { signal: _, ...request } = init ?? {};
    return fetch(url, {
      ...(request as RequestInit),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    }) as unknown as Promise<FetcherResponse>;
  };

/**
 * One subgraph over HTTP. It never throws: what fails becomes errors of the answer, so that the rest of the graph
 * still answers and nothing about the network leaves the process.
 */
export class SubgraphDataSource extends RemoteGraphQLDataSource<RequestContext> {
  readonly #name: string;
  readonly #logger: Logger;

  constructor({ name, url, timeoutMs, logger }: SubgraphDataSourceOptions) {
    super({ url, fetcher: createFetcher(timeoutMs) });
    this.#name = name;
    this.#logger = logger;
  }

  override willSendRequest(options: GraphQLDataSourceProcessOptions<RequestContext>): void {
    if (!('incomingRequestContext' in options)) return;
    for (const [name, value] of options.incomingRequestContext.context.forwardedHeaders) options.request.http?.headers.set(name, value);
  }

  override async process(options: GraphQLDataSourceProcessOptions<RequestContext>): Promise<SubgraphResponse> {
    try {
      return await super.process(options);
    } catch (error) {
      return { data: null, errors: error instanceof RefusedBySubgraph ? error.errors : [this.#unavailable(error)] };
    }
  }

  override async errorFromResponse(response: FetcherResponse): Promise<never> {
    const errors = errorsIn(await this.parseBody(response));
    throw errors.length > 0 ? new RefusedBySubgraph(response.status, errors) : new Error(`answered ${response.status} without GraphQL errors`);
  }

  #unavailable(error: unknown): GraphQLFormattedError {
    const reference = randomUUID();
    this.#logger.error({ err: error, subgraph: this.#name, url: this.url, reference }, 'subgraph unavailable');
    return {
      message: `The subgraph "${this.#name}" is unavailable.`,
      // The gateway puts the path of this fetch before it.
      path: [],
      extensions: { code: 'SUBGRAPH_UNAVAILABLE', kind: ERROR_KINDS.unavailable.graphql, reference },
    };
  }
}

import { DRY_RUN_HEADER } from '@supergraph/identity/delegation';
import { z } from 'zod';
import { postJson } from './bounded-fetch.ts';

export interface RouterRequest {
  query: string;
  variables: Readonly<Record<string, string>>;
  /** A delegated token. */
  token: string;
  /** Only checks what the owner may have; answers `data: null`. */
  dryRun?: boolean;
  /** How long the router may take; it answers with what it has by then. */
  deadlineMs: number;
  signal: AbortSignal;
}

const ERROR = z.object({
  message: z.string(),
  path: z.array(z.union([z.string(), z.number()])).optional(),
  extensions: z.object({ code: z.string().optional(), kind: z.string().optional() }).optional(),
});
const ANSWER = z.object({ data: z.record(z.string(), z.unknown()).nullable().optional(), errors: z.array(ERROR).optional() });

export type RouterError = z.infer<typeof ERROR>;

export interface RouterAnswer {
  status: number;
  data: Record<string, unknown> | null | undefined;
  errors: readonly RouterError[];
}

/** @throws AnswerTooLarge, or any Error when there is no GraphQL answer. */
export type AskRouter = (request: RouterRequest) => Promise<RouterAnswer>;

/** With the event it is about: what a receiver is sent is no more than the largest event. */
const MAX_BYTES = 262_144;

/** @param routerUrl for instance http://127.0.0.1:4000/graphql */
export const createRouterClient =
  (routerUrl: string): AskRouter =>
  async ({ query, variables, token, dryRun = false, deadlineMs, signal }) => {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/graphql-response+json',
      'apollographql-client-name': 'webhooks',
      'x-deadline-ms': String(Math.max(1, Math.floor(deadlineMs))),
      ...(dryRun ? { [DRY_RUN_HEADER]: 'true' } : {}),
    };
    const { status, body } = await postJson(routerUrl, { body: JSON.stringify({ query, variables }), headers, maxBytes: MAX_BYTES, signal });
    const { data, errors = [] } = ANSWER.parse(JSON.parse(body));
    if (data === undefined && errors.length === 0) throw new Error(`the router answered with status ${status} and no GraphQL`);
    return { status, data, errors };
  };

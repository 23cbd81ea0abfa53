import type { Caller } from '@supergraph/identity/caller';
import type { Identity } from '@supergraph/identity/identity';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Subgraphs } from '../subgraphs.ts';
import type { Idempotency } from './idempotency.ts';

/** What a handler gets: the request as the route's options have read it. */
export interface Call<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  identity: Identity;
  caller: Caller;
  /** What `?embed=` asks for. */
  embed: ReadonlySet<string>;
  /** The version of `If-Match`. */
  expectedVersion: number | undefined;
  idempotency: Idempotency | undefined;
  /** `Prefer: respond-async` */
  respondAsync: boolean;
  /** The subgraphs, for this caller. */
  subgraphs: Subgraphs;
  request: FastifyRequest;
}

export interface Answer {
  /** 200 when left out. */
  status?: number;
  /** A HAL document. */
  body?: object;
  /** Part of the ETag, with which `If-Match` is compared. */
  version?: number;
  headers?: Readonly<Record<string, string>>;
}

interface AnswerOptions {
  description: string;
  schema?: z.ZodType;
  /** Names of headers, in lower case, beside those of the shell. */
  headers?: readonly string[];
}

export interface Deprecation {
  since: Date;
  /** When it will be gone. */
  sunset?: Date;
  /** Where to read what to use instead. */
  link?: string;
}

/** A route of the API. What stands here is documented, checked and answered by the shell. */
export interface RouteOptions<Params extends z.ZodType, Query extends z.ZodRawShape, Body extends z.ZodType> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** In Fastify's form: `/orders/:number`. */
  url: string;
  /** The `operationId`. */
  id: string;
  tag: string;
  summary: string;
  description?: string;
  /** What nobody may do without being signed in, for the message: `pay an order`. */
  signIn?: string;
  /** Whether it tries a secret, and so counts against the limit of sign-ins. */
  isSignIn?: true;
  params?: Params;
  /** The parameters of the query; others are refused. */
  query?: Query;
  body?: Body;
  /** Further request headers, for the documentation; the handler reads them itself. */
  headers?: z.ZodRawShape;
  /** What `?fields=` may name. */
  fields?: readonly string[];
  /** Name of the list in `_embedded`, whose items `?fields=` cuts, when the answer is a page. */
  listed?: string;
  /** What `?embed=` may name. */
  embed?: readonly string[];
  ifMatch?: 'required' | 'optional';
  idempotency?: 'required' | 'optional';
  respondAsync?: true;
  /** Who may keep the answer: anybody for a minute (as long as nobody is signed in), the caller alone, or nobody. `personal` when left out. */
  cache?: 'public' | 'personal' | 'none';
  answers: Readonly<Record<number, AnswerOptions>>;
  /** Statuses of problems beside those that the options imply. */
  problems?: readonly number[];
  deprecated?: Deprecation;
  handler: (call: Call<z.output<Params>, z.output<z.ZodObject<Query>>, z.output<Body>>) => Promise<Answer>;
}

/** A route whatever its parameters. */
export type AnyRouteOptions = Omit<RouteOptions<z.ZodType, z.ZodRawShape, z.ZodType>, 'handler'>;

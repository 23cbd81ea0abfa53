import type { HttpProblem } from '@supergraph/service/problem';
import { z } from 'zod';

/** An operation as codegen writes it: its text, its hash for the router, its types for us. */
export interface ViewDocument<Data, Variables> {
  toString(): string;
  __meta__?: Record<string, unknown> | undefined;
  /** Carries types only; there is no such property. */
  __apiType?: (variables: Variables) => Data;
}

/** What a request to a view holds, checked. */
export interface ViewRequest<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
}

/** Who may keep the answer: anybody for a minute as long as nobody is signed in, the caller alone, or nobody. */
export type ViewCache = 'public' | 'personal' | 'none';

/** One screen: an HTTP request, the one operation that answers it, and what of it the screen can do without. */
export interface ViewOptions<Params extends z.ZodRawShape, Query extends z.ZodRawShape, Body extends z.ZodType, Data, Variables> {
  /** In camel case; the `operationId`, and with a capital the name of the answer's schema. */
  name: string;
  method?: 'GET' | 'POST';
  /** In Fastify's form: `/views/product/:sku`. */
  url: `/views/${string}`;
  summary: string;
  document: ViewDocument<Data, Variables>;
  params?: Params;
  /** The parameters of the query; others are refused. */
  query?: Query;
  body?: Body;
  variables: (request: ViewRequest<z.output<z.ZodObject<Params>>, z.output<z.ZodObject<Query>>, z.output<Body>>) => Variables;
  /**
   * What may be missing: the names that `missing` may hold, each with the places in the operation's data, lists left out
   * (`orders.nodes.customer`). Each must be nullable. Whatever else fails fails the view.
   */
  mayBeMissing?: Readonly<Record<string, readonly string[]>>;
  /** What nobody may do without being signed in, for the message: `see your orders`. */
  signIn?: string;
  cache: ViewCache;
  /** The field of the operation whose data is the answer; all of the data when left out. */
  answer?: string & keyof Data;
  /** 200 when left out. */
  status?: 200 | 201;
  /** The problem, when the data says that there is no such thing. */
  notFound?: (data: Data, params: z.output<z.ZodObject<Params>>) => HttpProblem | undefined;
}

/** A view whatever its types. */
export type View = Omit<
  ViewOptions<z.ZodRawShape, z.ZodRawShape, z.ZodType, Record<string, unknown>, unknown>,
  'variables' | 'notFound' | 'answer'
> & {
  answer?: string;
  variables: (request: ViewRequest<unknown, unknown, unknown>) => unknown;
  notFound?: (data: Record<string, unknown>, params: unknown) => HttpProblem | undefined;
};

// biome-ignore lint/complexity/noBannedTypes: the shape without parameters.
type None = {};

/** Holds what a view is to its types, and forgets them. */
export const defineView = <
  Data extends object,
  Variables,
  Params extends z.ZodRawShape = None,
  Query extends z.ZodRawShape = None,
  Body extends z.ZodType = z.ZodUndefined,
>(
  options: ViewOptions<Params, Query, Body, Data, Variables>,
): View => options as unknown as View;

/** Whether a field at the top of the view's answer is there whatever fails, or the view has failed. */
export const isRequired = ({ answer, mayBeMissing = {} }: View, field: string): boolean => {
  const place = answer === undefined ? field : `${answer}.${field}`;
  return !Object.values(mayBeMissing).some((places) => places.includes(place));
};

/** A path parameter: what does not exist is 404, whatever it looks like. */
export const text = (description: string, example: string): z.ZodString =>
  z
    .string()
    .min(1)
    .max(256)
    .meta({ description, examples: [example] });

/** `?first=`: how many rows, 1 to 100. */
export const firstParameter = (standard: number) =>
  z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(100)
    .default(standard)
    .meta({ description: 'How many rows, 1 to 100.', examples: [standard] });

/** `?after=`: where the page before ended. */
export const afterParameter = () => z.string().min(1).max(1_024).optional().meta({ description: '`endCursor` of the page before.' });

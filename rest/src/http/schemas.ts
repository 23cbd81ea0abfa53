import { z } from 'zod';

/** Of path parameters: whatever the path holds; what does not exist is 404, whatever it looks like. */
export const text = z.string().min(1).max(256);

export const money = z
  .strictObject({
    amount: z
      .number()
      .int()
      .meta({ description: "In the currency's smallest unit: pence, cents.", examples: [295] }),
    currency: z.string().meta({ description: 'ISO 4217 code.', examples: ['GBP'] }),
  })
  .meta({ id: 'Money', description: 'An amount of money.' });

export const linkSchema = z
  .strictObject({
    href: z.string().meta({ description: 'Where; a URI Template (RFC 6570) when `templated`.', examples: ['/orders/536365'] }),
    templated: z.literal(true).optional(),
    title: z.string().optional().meta({ description: 'For people. Of an action it begins with the method: `POST: pay this order`.' }),
    name: z.string().optional(),
  })
  .meta({ id: 'Link', description: 'A link object of HAL.' });

/** `_links` with `self`, and others where the state and the rights of the caller allow what they lead to. */
const linksOf = (rels: readonly string[]) =>
  z.strictObject({ self: linkSchema, ...Object.fromEntries(rels.filter((rel) => rel !== 'self').map((rel) => [rel, linkSchema.optional()])) });

export interface ResourceOptions {
  rels?: readonly string[];
  /** What `?embed=` may put into `_embedded`. */
  embedded?: z.ZodRawShape;
  description?: string;
}

/** A resource, published as a component. Its properties are optional because `?fields=` can leave them out; links always stay. */
export const resource = (id: string, shape: z.ZodRawShape, { rels = [], embedded, description }: ResourceOptions = {}) => {
  const inside = embedded === undefined ? {} : { _embedded: z.strictObject(embedded).partial().optional() };
  return z
    .strictObject({ ...z.strictObject(shape).partial().shape, _links: linksOf(rels), ...inside })
    .meta({ id, ...(description === undefined ? {} : { description }) });
};

/** A page of a list, published as a component: the items under `_embedded`, `next`, `prev` and `first` among the links. */
export const page = (id: string, listed: string, item: z.ZodType, rels: readonly string[] = []) =>
  z
    .strictObject({ _links: linksOf(['first', 'prev', 'next', ...rels]), _embedded: z.strictObject({ [listed]: z.array(item) }) })
    .meta({ id, description: 'A page of a list.' });

const requestError = z.strictObject({
  detail: z.string(),
  pointer: z.string().optional().meta({ description: 'JSON Pointer into the body.' }),
  parameter: z.string().optional().meta({ description: 'Name of a query or path parameter.' }),
  header: z.string().optional().meta({ description: 'Name of a header.' }),
});

/** Every error (RFC 9457). */
export const problem = z
  .strictObject({
    type: z.string().meta({ description: '`urn:supergraph:error:` and the code.' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().meta({ description: 'What is wrong, for people.' }),
    instance: z.string().meta({ description: 'The path that was asked for.' }),
    code: z.string().meta({ description: 'What to branch on.' }),
    errors: z.array(requestError).optional().meta({ description: 'Each mistake in the request.' }),
    details: z.record(z.string(), z.unknown()).optional().meta({ description: 'Values that belong to the code.' }),
    reference: z.string().optional().meta({ description: 'Quote it when you ask us about the error.' }),
  })
  .meta({
    id: 'Problem',
    description: 'What went wrong (RFC 9457).',
    examples: [
      {
        type: 'urn:supergraph:error:PRODUCT_NOT_FOUND',
        title: 'Not Found',
        status: 404,
        detail: "There is no product 'X1'.",
        instance: '/products/X1',
        code: 'PRODUCT_NOT_FOUND',
      },
    ],
  });

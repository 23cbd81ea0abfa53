import { seesEverything } from '@supergraph/identity/caller';
import { z } from 'zod';
import { action, link, path } from '../hal.ts';
import { pageLinks, pageQuery, toPageRequest } from '../http/page.ts';
import { type Api, addRoute } from '../http/route.ts';
import { text } from '../http/schemas.ts';
import { present } from '../resources/present.ts';
import { PRODUCT_FIELDS, productNotFound, productPage, productResource, toProductResource } from '../resources/product.ts';
import { embeddedCategories } from './embedded-categories.ts';

const params = z.strictObject({ sku: text.meta({ description: 'The stock keeping unit.', examples: ['85123A'] }) });
const EMBED = ['category'] as const;

const price = z
  .strictObject({
    amount: z
      .number()
      .int()
      .meta({ description: "In the currency's smallest unit: pence, cents. Not negative.", examples: [295] }),
    currency: z
      .string()
      .default('GBP')
      .meta({ description: 'ISO 4217 code. The catalogue sells in GBP.', examples: ['GBP'] }),
  })
  .meta({ id: 'Price', description: 'A price to set.' });
const name = z.string().meta({ description: '1 to 200 characters.', examples: ['WHITE HANGING HEART T-LIGHT HOLDER'] });
const categorySlug = z.string().meta({ description: 'The category it belongs to.', examples: ['candles'] });

const newProduct = z
  .strictObject({
    sku: z.string().meta({ description: 'Letters, digits, spaces, hyphens and underscores, at most 32.', examples: ['85123A'] }),
    name,
    price,
    categorySlug,
  })
  .meta({ id: 'NewProduct', description: 'A product to add.' });

const productChange = z
  .strictObject({ name: name.optional(), price: price.optional(), categorySlug: categorySlug.optional() })
  .meta({ id: 'ProductChange', description: 'What to change; what is left out stays.' });

const listQuery = {
  ...pageQuery,
  category: text.optional().meta({ description: 'Slug of a category; products of the categories below it are included.' }),
  search: z.string().min(1).max(100).optional().meta({ description: "Words that must all stand in the product's name or sku, whatever the case." }),
};

const addProductReads = (api: Api): void => {
  addRoute(api, {
    method: 'GET',
    url: '/products',
    id: 'listProducts',
    tag: 'products',
    summary: 'Lists products by name',
    query: listQuery,
    fields: PRODUCT_FIELDS,
    listed: 'products',
    embed: EMBED,
    cache: 'public',
    answers: { 200: { description: 'A page of products.', schema: productPage } },
    handler: async ({ query, caller, embed, subgraphs }) => {
      const { products, pageInfo } = await subgraphs.category('ListProducts', {
        categorySlug: query.category,
        search: query.search,
        page: toPageRequest(query),
      });
      const categories = embed.has('category') ? await embeddedCategories(subgraphs, products, caller) : undefined;
      const links = {
        ...pageLinks('/products', query, pageInfo),
        find: link('/products/{sku}', { templated: true, title: 'a product by its sku' }),
        ...(seesEverything(caller) && { create: action('POST', '/products', 'add a product') }),
      };
      const items = products.map((product) => toProductResource(product, caller, categories?.get(product.categorySlug)));
      return { body: { _links: links, _embedded: { products: items } } };
    },
  });

  addRoute(api, {
    method: 'GET',
    url: '/products/:sku',
    id: 'getProduct',
    tag: 'products',
    summary: 'Tells about a product',
    params,
    fields: PRODUCT_FIELDS,
    embed: EMBED,
    cache: 'public',
    answers: { 200: { description: 'The product.', schema: productResource } },
    problems: [404],
    handler: async ({ params: { sku }, caller, embed, subgraphs }) => {
      const { products } = await subgraphs.category('GetProducts', { skus: [sku] });
      const [product] = products;
      if (product === undefined) throw productNotFound(sku);
      const categories = embed.has('category') ? await embeddedCategories(subgraphs, products, caller) : undefined;
      return { body: toProductResource(product, caller, categories?.get(product.categorySlug)), version: product.version };
    },
  });
};

export const addProductRoutes = (api: Api): void => {
  addProductReads(api);

  addRoute(api, {
    method: 'POST',
    url: '/products',
    id: 'createProduct',
    tag: 'products',
    summary: 'Adds a product',
    description: 'Staff only.',
    signIn: 'add a product',
    body: newProduct,
    idempotency: 'optional',
    answers: { 201: { description: 'The new product.', schema: productResource, headers: ['location', 'etag'] } },
    problems: [403, 404, 409, 422],
    handler: async ({ body, caller, idempotency, subgraphs }) => {
      const answer = await subgraphs.category('CreateProduct', { ...body, idempotency });
      const product = present(answer.product, 'product');
      const headers = { location: path`/products/${product.sku}` };
      return { status: 201, body: toProductResource(product, caller), version: product.version, headers };
    },
  });

  addRoute(api, {
    method: 'PATCH',
    url: '/products/:sku',
    id: 'updateProduct',
    tag: 'products',
    summary: 'Changes a product',
    description: 'Orders that are placed keep the price they were placed at. Staff only.',
    signIn: 'change a product',
    params,
    body: productChange,
    ifMatch: 'required',
    answers: { 200: { description: 'The product as it is now.', schema: productResource, headers: ['etag'] } },
    problems: [403, 404],
    handler: async ({ params: { sku }, body, caller, expectedVersion, subgraphs }) => {
      const answer = await subgraphs.category('UpdateProduct', { sku, ...body, ifVersion: expectedVersion });
      const product = present(answer.product, 'product');
      return { body: toProductResource(product, caller), version: product.version };
    },
  });
};

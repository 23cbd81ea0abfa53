import { seesEverything } from '@supergraph/identity/caller';
import { z } from 'zod';
import { action, link, path } from '../hal.ts';
import { pageLinks, pageQuery, toPageRequest } from '../http/page.ts';
import { requestInvalid } from '../http/request-errors.ts';
import { type Api, addRoute } from '../http/route.ts';
import { text } from '../http/schemas.ts';
import { CATEGORY_FIELDS, categoryNotFound, categoryPage, categoryResource, toCategoryResource } from '../resources/category.ts';
import { present } from '../resources/present.ts';
import { PRODUCT_FIELDS, productPage, toProductResource } from '../resources/product.ts';

const params = z.strictObject({ slug: text.meta({ description: "The category's slug.", examples: ['candles'] }) });
const slug = z.string().meta({ description: 'Lower-case letters, digits and hyphens, at most 64.', examples: ['candles'] });
const name = z.string().meta({ description: '1 to 100 characters.', examples: ['Candles'] });

const newCategory = z
  .strictObject({
    slug,
    name,
    parentSlug: z
      .string()
      .nullish()
      .meta({ description: 'The category above; a root without one.', examples: ['home'] }),
  })
  .meta({ id: 'NewCategory', description: 'A category to add.' });

const categoryChange = z
  .strictObject({
    slug: slug.optional(),
    name: name.optional(),
    parentSlug: z
      .string()
      .nullable()
      .optional()
      .meta({ description: 'The new category above; null makes it a root.', examples: ['home'] }),
  })
  .meta({ id: 'CategoryChange', description: 'What to change; what is left out stays.' });

const listQuery = {
  ...pageQuery,
  parent: text.optional().meta({ description: 'Slug of a category: only those directly below it.' }),
  roots: z.enum(['true']).optional().meta({ description: '`true`: only those without a category above.' }),
};

const parentOf = (parentSlug: string | null | undefined) => (parentSlug === null ? { root: true } : { parentSlug });

const addCategoryReads = (api: Api): void => {
  addRoute(api, {
    method: 'GET',
    url: '/categories',
    id: 'listCategories',
    tag: 'categories',
    summary: 'Lists categories by name',
    query: listQuery,
    fields: CATEGORY_FIELDS,
    listed: 'categories',
    cache: 'public',
    answers: { 200: { description: 'A page of categories.', schema: categoryPage } },
    handler: async ({ query, caller, subgraphs }) => {
      const { parent, roots } = query;
      if (parent !== undefined && roots !== undefined)
        throw requestInvalid([{ parameter: 'roots', detail: 'roots have no parent: send one of the two' }]);
      const { categories, pageInfo } = await subgraphs.category('ListCategories', {
        parentSlug: parent,
        rootsOnly: roots !== undefined,
        page: toPageRequest(query),
      });
      const links = {
        ...pageLinks('/categories', query, pageInfo),
        roots: link('/categories?roots=true'),
        find: link('/categories/{slug}', { templated: true, title: 'a category by its slug' }),
        ...(seesEverything(caller) && { create: action('POST', '/categories', 'add a category') }),
      };
      return { body: { _links: links, _embedded: { categories: categories.map((category) => toCategoryResource(category, caller)) } } };
    },
  });

  addRoute(api, {
    method: 'GET',
    url: '/categories/:slug',
    id: 'getCategory',
    tag: 'categories',
    summary: 'Tells about a category',
    params,
    fields: CATEGORY_FIELDS,
    cache: 'public',
    answers: { 200: { description: 'The category.', schema: categoryResource } },
    problems: [404],
    handler: async ({ params: { slug: asked }, caller, subgraphs }) => {
      const { categories } = await subgraphs.category('GetCategories', { slugs: [asked] });
      const [category] = categories;
      if (category === undefined) throw categoryNotFound(asked);
      return { body: toCategoryResource(category, caller), version: category.version };
    },
  });

  addRoute(api, {
    method: 'GET',
    url: '/categories/:slug/products',
    id: 'listCategoryProducts',
    tag: 'categories',
    summary: 'Lists the products of a category and of those below it, by name',
    params,
    query: pageQuery,
    fields: PRODUCT_FIELDS,
    listed: 'products',
    cache: 'public',
    answers: { 200: { description: 'A page of products.', schema: productPage } },
    problems: [404],
    handler: async ({ params: { slug: asked }, query, caller, subgraphs }) => {
      const { products, pageInfo } = await subgraphs.category('ListCategoryProducts', { slug: asked, page: toPageRequest(query) });
      const links = { ...pageLinks(path`/categories/${asked}/products`, query, pageInfo), category: link(path`/categories/${asked}`) };
      return { body: { _links: links, _embedded: { products: products.map((product) => toProductResource(product, caller)) } } };
    },
  });
};

export const addCategoryRoutes = (api: Api): void => {
  addCategoryReads(api);

  addRoute(api, {
    method: 'POST',
    url: '/categories',
    id: 'createCategory',
    tag: 'categories',
    summary: 'Adds a category',
    description: 'Staff only.',
    signIn: 'add a category',
    body: newCategory,
    idempotency: 'optional',
    answers: { 201: { description: 'The new category.', schema: categoryResource, headers: ['location', 'etag'] } },
    problems: [403, 404, 409, 422],
    handler: async ({ body, caller, idempotency, subgraphs }) => {
      const answer = await subgraphs.category('CreateCategory', { ...body, idempotency });
      const category = present(answer.category, 'category');
      const headers = { location: path`/categories/${category.slug}` };
      return { status: 201, body: toCategoryResource(category, caller), version: category.version, headers };
    },
  });

  addRoute(api, {
    method: 'PATCH',
    url: '/categories/:slug',
    id: 'updateCategory',
    tag: 'categories',
    summary: 'Renames a category, or moves it in the tree',
    description: 'Staff only.',
    signIn: 'change a category',
    params,
    body: categoryChange,
    ifMatch: 'required',
    answers: { 200: { description: 'The category as it is now.', schema: categoryResource, headers: ['etag'] } },
    problems: [403, 404, 409, 422],
    handler: async ({ params: { slug: asked }, body, caller, expectedVersion, subgraphs }) => {
      const { slug: newSlug, parentSlug, ...change } = body;
      const request = { slug: asked, newSlug, ...change, ...parentOf(parentSlug), ifVersion: expectedVersion };
      const answer = await subgraphs.category('UpdateCategory', request);
      const category = present(answer.category, 'category');
      const headers = { 'content-location': path`/categories/${category.slug}` };
      return { body: toCategoryResource(category, caller), version: category.version, headers };
    },
  });

  addRoute(api, {
    method: 'DELETE',
    url: '/categories/:slug',
    id: 'deleteCategory',
    tag: 'categories',
    summary: 'Deletes an empty category',
    description: 'One that has products or categories below it is refused. Staff only.',
    signIn: 'delete a category',
    params,
    ifMatch: 'required',
    answers: { 204: { description: 'It is gone.' } },
    problems: [403, 404, 422],
    handler: async ({ params: { slug: asked }, expectedVersion, subgraphs }) => {
      await subgraphs.category('DeleteCategory', { slug: asked, ifVersion: expectedVersion });
      return { status: 204 };
    },
  });
};

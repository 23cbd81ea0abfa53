import { type Connection, type ConnectionArguments, type Page, type PageRequest, parsePage, toConnection } from '@supergraph/pagination';
import type { Category } from '../domain/category.ts';
import type { Product } from '../domain/product.ts';
import type { Resolvers } from '../generated/resolvers.ts';
import { type CategoryDto, type ProductDto, toCategoryDto, toProductDto } from './catalogue-dto.ts';

const EMPTY = { items: [], hasNextPage: false };

const categoryPage = (args: ConnectionArguments): PageRequest => parsePage(args, ['string', 'string']);
const productPage = (args: ConnectionArguments): PageRequest => parsePage(args, ['string', 'string']);

const categoryConnection = (page: Page<Category> | null, request: PageRequest): Connection<CategoryDto> =>
  toConnection(page ?? EMPTY, request, ({ name, slug }) => [name, slug], toCategoryDto);

const productConnection = (page: Page<Product> | null, request: PageRequest): Connection<ProductDto> =>
  toConnection(page ?? EMPTY, request, ({ name, sku }) => [name, sku], toProductDto);

const categoryOrNull = (category: Category | null): CategoryDto | null => category && toCategoryDto(category);
const productOrNull = (product: Product | null): ProductDto | null => product && toProductDto(product);

export const resolvers: Resolvers = {
  Query: {
    category: async (_, { slug }, { loaders }) => categoryOrNull(await loaders.categoryBySlug.load(slug)),
    categories: async (_, args, { useCases, caller }) => {
      const request = categoryPage(args);
      return categoryConnection(await useCases.read.categories(caller, {}, request), request);
    },
    product: async (_, { sku }, { loaders }) => productOrNull(await loaders.productBySku.load(sku)),
    products: async (_, { category, search, ...args }, { useCases, caller }) => {
      const request = productPage(args);
      return productConnection(await useCases.read.products(caller, { categorySlug: category, search }, request), request);
    },
  },

  Mutation: {
    createCategory: async (_, { input }, { useCases, caller }) => ({ category: toCategoryDto(await useCases.createCategory(caller, input)) }),
    updateCategory: async (_, { input }, { useCases, caller }) => ({ category: toCategoryDto(await useCases.updateCategory(caller, input)) }),
    deleteCategory: (_, { input }, { useCases, caller }) => useCases.deleteCategory(caller, input.slug),
    createProduct: async (_, { input }, { useCases, caller }) => ({ product: toProductDto(await useCases.createProduct(caller, input)) }),
    changePrice: async (_, { input }, { useCases, caller }) => ({ product: toProductDto(await useCases.changePrice(caller, input)) }),
  },

  Category: {
    __resolveReference: async (reference, { loaders }) =>
      categoryOrNull('id' in reference ? await loaders.categoryById.load(reference.id) : await loaders.categoryBySlug.load(reference.slug)),
    parent: async ({ parentId }, _, { loaders }) => (parentId === undefined ? null : categoryOrNull(await loaders.categoryById.load(parentId))),
    children: async ({ id }, args, { loaders }) => {
      const request = categoryPage(args);
      return categoryConnection(await loaders.children.load(id, request), request);
    },
    path: async ({ id }, _, { loaders }) => ((await loaders.categoryPath.load(id)) ?? []).map(toCategoryDto),
    products: async ({ id }, args, { loaders }) => {
      const request = productPage(args);
      return productConnection(await loaders.products.load(id, request), request);
    },
  },

  Product: {
    __resolveReference: async (reference, { loaders }) =>
      productOrNull('sku' in reference ? await loaders.productBySku.load(reference.sku) : await loaders.productById.load(reference.id)),
    category: async ({ categoryId }, _, { loaders }) => toCategoryDto((await loaders.categoryById.load(categoryId)) as Category),
    related: async ({ sku }, { first }, { loaders }) => ((await loaders.related.load(sku, parsePage({ first }, []))) ?? []).map(toProductDto),
  },
};

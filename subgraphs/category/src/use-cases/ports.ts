import type { Envelope } from '@supergraph/events/envelope';
import type { Page, PageRequest } from '@supergraph/pagination';
import type { Category } from '../domain/category.ts';
import type { Product } from '../domain/product.ts';

export interface ProductFilter {
  /** The category and every category below it. */
  categoryId?: string | undefined;
  /** All of these must stand in the name or the sku. */
  words?: readonly string[];
}

/** Batched reads answer a map by the key they were asked for; what is absent has no entry. */
export interface CategoryReader {
  byIds(ids: readonly string[]): Promise<Map<string, Category>>;
  bySlugs(slugs: readonly string[]): Promise<Map<string, Category>>;
  /** From the root down to each category, itself included. */
  paths(ids: readonly string[]): Promise<Map<string, Category[]>>;
  list(page: PageRequest): Promise<Page<Category>>;
  children(parentIds: readonly string[], page: PageRequest): Promise<Map<string, Page<Category>>>;
}

export interface ProductReader {
  bySkus(skus: readonly string[]): Promise<Map<string, Product>>;
  byIds(ids: readonly string[]): Promise<Map<string, Product>>;
  list(filter: ProductFilter, page: PageRequest): Promise<Page<Product>>;
  inCategories(categoryIds: readonly string[], page: PageRequest): Promise<Map<string, Page<Product>>>;
  related(skus: readonly string[], limit: number): Promise<Map<string, Product[]>>;
}

/** Inside one transaction, with the tree of categories locked against other writers. */
export interface CatalogueWriter {
  categories: Pick<CategoryReader, 'bySlugs' | 'paths'> & {
    /** Levels of the branch that starts here, itself included. */
    height(id: string): Promise<number>;
    add(category: Category): Promise<void>;
    change(category: Category): Promise<void>;
    /** False when products or categories still belong to it. */
    remove(id: string): Promise<boolean>;
  };
  products: Pick<ProductReader, 'bySkus'> & { add(product: Product): Promise<void>; change(product: Product): Promise<void> };
}

/** The event is published if and only if the transaction commits. */
export type Publish = (event: Envelope) => Promise<void>;

export type TransactCatalogue = <Result>(work: (catalogue: CatalogueWriter, publish: Publish) => Promise<Result>) => Promise<Result>;

/** What makes one event unlike another. */
export interface EventStamps {
  now: () => Date;
  newId: () => string;
}

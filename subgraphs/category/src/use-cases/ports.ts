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
  roots(page: PageRequest): Promise<Page<Category>>;
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
    /** @returns it with its next version. */
    change(category: Category): Promise<Category>;
    /** False when products or categories still belong to it. */
    remove(id: string): Promise<boolean>;
  };
  products: Pick<ProductReader, 'bySkus'> & {
    add(product: Product): Promise<void>;
    /** @returns it with its next version. */
    change(product: Product): Promise<Product>;
  };
}

/** The event is published if and only if the transaction commits. */
export type Publish = (event: Envelope) => Promise<void>;

export type TransactCatalogue = <Result>(work: (catalogue: CatalogueWriter, publish: Publish) => Promise<Result>) => Promise<Result>;

/** A write that its sender may send again. */
export interface IdempotentRequest {
  /** Whose key it is. */
  callerId: string;
  key: string;
  /** What is done, for instance `CreateProduct`. */
  operation: string;
  /** Of everything that was asked. */
  requestHash: string;
}

/**
 * Does `work` once for each key of a caller, in one transaction with its outcome, which comes back when the request comes again: plain
 * JSON. Without a request it is done each time.
 * @throws IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED
 */
export type Idempotently = <Result>(
  request: IdempotentRequest | undefined,
  work: (transact: TransactCatalogue) => Promise<Result>,
) => Promise<Result>;

/** What makes one event unlike another. */
export interface EventStamps {
  now: () => Date;
  newId: () => string;
}

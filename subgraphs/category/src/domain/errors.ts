import { DomainError } from '@supergraph/errors';

export const categoryNotFound = (slug: string): DomainError =>
  new DomainError('not-found', 'CATEGORY_NOT_FOUND', `There is no category '${slug}'.`, { slug });

export const categorySlugTaken = (slug: string): DomainError =>
  new DomainError('conflict', 'CATEGORY_SLUG_TAKEN', `There is already a category '${slug}'.`, { slug });

export const categoryInvalid = (field: string, expected: string): DomainError =>
  new DomainError('invalid', 'CATEGORY_INVALID', `${field} must be ${expected}.`, { field });

export const categoryNotEmpty = (slug: string): DomainError =>
  new DomainError(
    'failed-precondition',
    'CATEGORY_NOT_EMPTY',
    `The category '${slug}' has products or categories below it. Move or delete them first.`,
    { slug },
  );

export const categoryWouldBeItsOwnAncestor = (slug: string, parentSlug: string): DomainError =>
  new DomainError('failed-precondition', 'CATEGORY_CYCLE', `'${slug}' cannot be moved below '${parentSlug}', which stands below it.`, {
    slug,
    parentSlug,
  });

export const categoryTooDeep = (maximum: number): DomainError =>
  new DomainError('failed-precondition', 'CATEGORY_TOO_DEEP', `The tree of categories has at most ${maximum} levels.`, { maximum });

export const productNotFound = (sku: string): DomainError =>
  new DomainError('not-found', 'PRODUCT_NOT_FOUND', `There is no product '${sku}'.`, { sku });

export const productSkuTaken = (sku: string): DomainError =>
  new DomainError('conflict', 'PRODUCT_SKU_TAKEN', `There is already a product '${sku}'.`, { sku });

export const productInvalid = (field: string, expected: string): DomainError =>
  new DomainError('invalid', 'PRODUCT_INVALID', `${field} must be ${expected}.`, { field });

import { placeCategories } from './category-tree.ts';
import { type DatasetFolder, expectReading } from './dataset-folder.ts';
import { drain, faultOfReference, type GoodRow, type Keys, noKeys, oneByOne, readKeyed } from './read-keyed.ts';
import type { Reject, Rejection } from './rejection.ts';

export interface CategoryRow {
  slug: string;
  name: string;
  /** undefined for a root. */
  parentSlug: string | undefined;
}

export interface ProductRow {
  sku: string;
  name: string;
  /** Pence, 0 to 2147483647. */
  unitPricePence: number;
  categorySlug: string;
}

export interface Catalogue {
  /** Parents before their children. */
  categories: CategoryRow[];
  /** Reads products.csv, and rejects its bad rows while it does: to be called once, and read to the end. */
  products(): AsyncIterable<ProductRow>;
}

const ignore: Reject = () => undefined;

const readCategories = async (folder: DatasetFolder, keys: Keys, reject: Reject): Promise<CategoryRow[]> => {
  const file = folder.files.categories.name;
  const rejections: Rejection[] = [];
  const rows: GoodRow<'categories'>[] = [];
  for await (const batch of readKeyed({ folder, table: 'categories', keys, reject: (rejection) => rejections.push(rejection) })) rows.push(...batch);
  const { placed, left } = placeCategories(rows, keys, file);
  for (const { category, fault } of left) rejections.push({ file, line: category.line, ...fault });
  for (const rejection of rejections.sort((one, other) => one.line - other.line)) reject(rejection);
  return placed.map(({ values }) => ({ slug: values.slug, name: values.name, parentSlug: values.parent_slug ?? undefined }));
};

const readProducts = (folder: DatasetFolder, categories: Keys, keys: Keys, reject: Reject) =>
  readKeyed({
    folder,
    table: 'products',
    keys,
    reject,
    check: (product) => faultOfReference('category_slug', product.category_slug, categories, 'a category', folder.files.categories.name),
  });

/**
 * Reads categories.csv whole and products.csv row by row. Rejected: rows whose fields are wrong, repeated keys, parents that
 * are unknown, rejected or lead back, categories below the tenth level, products of a category that is not imported.
 * @throws StartupError when a file cannot be read.
 */
export const readCatalogue = async (folder: DatasetFolder, reject: Reject): Promise<Catalogue> => {
  expectReading(folder, ['categories', 'products']);
  const categoryKeys = noKeys();
  const categories = await readCategories(folder, categoryKeys, reject);
  return {
    categories,
    products: () =>
      oneByOne(readProducts(folder, categoryKeys, noKeys(), reject), ({ values }) => ({
        sku: values.sku,
        name: values.name,
        unitPricePence: values.unit_price_pence,
        categorySlug: values.category_slug,
      })),
  };
};

/** The skus that the catalogue's room imports and rejects; tells of no rejection itself. */
export const readSkus = async (folder: DatasetFolder): Promise<Keys> => {
  const categories = noKeys();
  const products = noKeys();
  await readCategories(folder, categories, ignore);
  await drain(readProducts(folder, categories, products, ignore));
  return products;
};

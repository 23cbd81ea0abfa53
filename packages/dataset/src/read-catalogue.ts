import type { DatasetFolder } from './dataset-folder.ts';
import type { Reject } from './rejection.ts';

export interface CategoryRow { slug: string; name: string; parentSlug: string | undefined }
export interface ProductRow { sku: string; name: string; unitPricePence: number; categorySlug: string }
export interface Catalogue {
  /** Parents before their children. */
  categories: CategoryRow[];
  products(): AsyncIterable<ProductRow>;
}
export declare const readCatalogue: (folder: DatasetFolder, reject: Reject) => Promise<Catalogue>;

import type { DatasetFolder } from './dataset-folder.ts';
import type { Reject } from './rejection.ts';
import type { ProductRow } from './read-catalogue.ts';

export interface OrderRow { number: string; userId: string | undefined; status: 'PAID' | 'CANCELLED'; placedAt: string; totalPence: number; lineCount: number }
export interface OrderItemRow { orderNumber: string; line: number; sku: string; quantity: number; unitPricePence: number }
export interface Orders {
  products(): AsyncIterable<ProductRow>;
  orders(): AsyncIterable<OrderRow>;
  orderItems(): AsyncIterable<OrderItemRow>;
}
export declare const readOrders: (folder: DatasetFolder, reject: Reject) => Promise<Orders>;

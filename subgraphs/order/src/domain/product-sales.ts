/** What paid and shipped orders say about one product. `revenue` is in minor units of the shop's currency. */
export interface ProductSales {
  unitsSold: number;
  revenue: number;
}

/** Percent below the list price, to one decimal; undefined when nothing was sold or the product has no price. */
export const averageDiscountPercent = (sales: ProductSales, listPrice: number): number | undefined => {
  if (sales.unitsSold === 0 || listPrice === 0) return undefined;
  const averagePrice = sales.revenue / sales.unitsSold;
  return Math.round((1 - averagePrice / listPrice) * 1_000) / 10;
};

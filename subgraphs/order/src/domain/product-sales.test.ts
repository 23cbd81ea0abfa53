import { describe, expect, test } from 'vitest';
import { averageDiscountPercent } from './product-sales.ts';

describe('the average discount of a product', () => {
  test('is how far the average price paid lies below the list price, in percent to one decimal', () => {
    expect(averageDiscountPercent({ unitsSold: 10, revenue: 9_000 }, 1_000)).toBe(10);
    expect(averageDiscountPercent({ unitsSold: 3, revenue: 2_000 }, 1_000)).toBe(33.3);
    expect(averageDiscountPercent({ unitsSold: 6, revenue: 5_000 }, 1_000)).toBe(16.7);
    expect(averageDiscountPercent({ unitsSold: 5, revenue: 0 }, 1_000)).toBe(100);
  });

  test('is nothing at the list price, and negative above it', () => {
    expect(averageDiscountPercent({ unitsSold: 3, revenue: 3_000 }, 1_000)).toBe(0);
    expect(averageDiscountPercent({ unitsSold: 2, revenue: 3_000 }, 1_000)).toBe(-50);
  });

  test('weighs every unit alike, however the orders were', () => {
    // 99 at 10 pence and 1 at 1,010: on average 20.
    expect(averageDiscountPercent({ unitsSold: 100, revenue: 99 * 10 + 1_010 }, 40)).toBe(50);
  });

  test('is unknown when nothing was sold or the product has no price', () => {
    expect(averageDiscountPercent({ unitsSold: 0, revenue: 0 }, 1_000)).toBeUndefined();
    expect(averageDiscountPercent({ unitsSold: 3, revenue: 3_000 }, 0)).toBeUndefined();
  });

  test('stays exact for revenues that no 32 bits hold', () => {
    expect(averageDiscountPercent({ unitsSold: 4_000_000, revenue: 3_000_000_000_000 }, 1_000_000)).toBe(25);
  });
});

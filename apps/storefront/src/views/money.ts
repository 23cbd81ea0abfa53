import type { Money } from './view-types.ts';

const formats = new Map<string, Intl.NumberFormat>();

const formatOf = (currency: string): Intl.NumberFormat => {
  const format = formats.get(currency) ?? new Intl.NumberFormat('en-GB', { style: 'currency', currency });
  formats.set(currency, format);
  return format;
};

/** £2.95 for 295 GBP: amounts are in the currency's smallest unit. */
export const moneyText = ({ amount, currency }: Money): string => {
  const format = formatOf(currency);
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
};

export const times = ({ amount, currency }: Money, quantity: number): Money => ({ amount: amount * quantity, currency });

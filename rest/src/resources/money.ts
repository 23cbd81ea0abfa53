import { present } from './present.ts';

/** Integer minor units, ISO 4217. */
export interface Money {
  amount: number;
  currency: string;
}

export const toMoney = (message: Money | null | undefined): Money => {
  const { amount, currency } = present(message, 'amount of money');
  return { amount, currency };
};

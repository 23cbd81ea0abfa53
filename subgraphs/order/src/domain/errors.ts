import { DomainError } from '@supergraph/errors';

export const orderNotFound = (number: string): DomainError =>
  new DomainError('not-found', 'ORDER_NOT_FOUND', `There is no order '${number}'.`, { number });

export const orderInvalid = (field: string, expected: string): DomainError =>
  new DomainError('invalid', 'ORDER_INVALID', `${field} must be ${expected}.`, { field });

export const orderTotalTooLarge = (maximum: number): DomainError =>
  new DomainError('invalid', 'ORDER_TOTAL_TOO_LARGE', `The order's total is more than ${maximum}, the largest amount there is. Split the order.`, {
    maximum,
  });

export const orderStatusConflict = (number: string, status: string, action: string, allowed: readonly string[]): DomainError =>
  new DomainError(
    'failed-precondition',
    'ORDER_STATUS_CONFLICT',
    `Order '${number}' is ${status}; only an order that is ${allowed.join(' or ')} can be ${action}.`,
    { number, status, allowed },
  );

const MAX_SKUS_NAMED = 10;
const MAX_SKU_LENGTH = 40;

const shortSku = (sku: string): string => (sku.length <= MAX_SKU_LENGTH ? sku : `${sku.slice(0, MAX_SKU_LENGTH)}…`);

/** Names ten at most, shortened: a caller may ask for a hundred of 256 characters. */
export const productNotForSale = (skus: readonly string[]): DomainError => {
  const named = skus.slice(0, MAX_SKUS_NAMED).map(shortSku);
  const more = skus.length - named.length;
  const list = `${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
  return new DomainError('failed-precondition', 'PRODUCT_NOT_FOR_SALE', `Not for sale: ${list}. Use skus of products in the catalogue.`, {
    skus: named,
    more,
  });
};

export const orderPaymentsExhausted = (number: string, maximum: number): DomainError =>
  new DomainError('failed-precondition', 'ORDER_PAYMENTS_EXHAUSTED', `Order '${number}' could not be paid ${maximum} times. Place a new order.`, {
    number,
    maximum,
  });

export const paymentUnknown = (orderNumber: string, paymentId: string): DomainError =>
  new DomainError('failed-precondition', 'PAYMENT_UNKNOWN', `Order '${orderNumber}' has no payment '${paymentId}'.`, { orderNumber, paymentId });

export const paymentAmountMismatch = (orderNumber: string, paymentId: string, expected: string, actual: string): DomainError =>
  new DomainError(
    'failed-precondition',
    'PAYMENT_AMOUNT_MISMATCH',
    `Payment '${paymentId}' of order '${orderNumber}' is of ${actual}, expected ${expected}.`,
    { orderNumber, paymentId, expected, actual },
  );

/** The provider says no for good: asking again cannot help. */
export const paymentRefused = (reason: string): DomainError =>
  new DomainError('failed-precondition', 'PAYMENT_REFUSED', `The payment provider refuses: ${reason}`, { reason });

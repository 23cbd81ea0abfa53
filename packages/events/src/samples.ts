import { categoryCreated, categoryDeleted, categoryUpdated, productCreated, productPriceChanged } from './category.ts';
import { type Contract, type DataOf, toEnvelope } from './contract.ts';
import type { Envelope } from './envelope.ts';
import {
  cancelOrderCommand,
  orderCancelled,
  orderCommandFinished,
  orderPaid,
  orderPlaced,
  orderShipped,
  payOrderCommand,
  shipOrderCommand,
} from './order.ts';
import { paymentFailed, paymentRefunded, paymentSettled } from './payment.ts';
import { userSignedUp, userUpdated } from './user.ts';
import { webhookEndpointDisabled } from './webhooks.ts';

const time = new Date('2026-01-31T09:30:00.000Z');
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const sample = <C extends Contract>(contract: C, subject: string, data: DataOf<C>): Envelope =>
  toEnvelope(contract, { id: contract.type, subject, time, data, traceparent });

const gbp = (amount: number) => ({ amount, currency: 'GBP' });

const category = { id: '01980c6e-5a10-7c3e-9b1f-2f6d1c9a4e01', slug: 'lamps', name: 'Lamps', parentId: null };
const product = { id: '01980c6e-5a10-7c3e-9b1f-2f6d1c9a4e02', sku: '71053', name: 'White metal lantern', price: gbp(375), categoryId: category.id };
const user = { id: '01980c6e-5a10-7c3e-9b1f-2f6d1c9a4e03', email: 'ada@example.com', name: 'Ada', country: 'GB', role: 'CUSTOMER' } as const;
const order = { id: '01980c6e-5a10-7c3e-9b1f-2f6d1c9a4e04', number: 'W1000001', customerId: user.id, total: gbp(2034) };
const command = { number: order.number, actor: { role: 'customer', userId: user.id } } as const;
const commandId = '01980c6e-5a10-7c3e-9b1f-2f6d1c9a4e06';
const endpointId = '01980c6e-5a10-7c3e-9b1f-2f6d1c9a4e05';
const payment = { paymentId: 'pay_7Q2m', orderNumber: order.number, amount: order.total };

/** One message of every contract: the examples of the AsyncAPI document. The compiler holds each against its contract. */
export const SAMPLES: readonly Envelope[] = [
  sample(categoryCreated, category.id, category),
  sample(categoryUpdated, category.id, { ...category, name: 'Lamps and lanterns' }),
  sample(categoryDeleted, category.id, { id: category.id, slug: category.slug }),
  sample(productCreated, product.sku, product),
  sample(productPriceChanged, product.sku, { sku: product.sku, price: gbp(339), previousPrice: product.price }),
  sample(orderPlaced, order.number, { ...order, items: [{ sku: product.sku, quantity: 6, unitPrice: gbp(339) }] }),
  sample(orderPaid, order.number, order),
  sample(orderShipped, order.number, order),
  sample(orderCancelled, order.number, { ...order, customerId: null }),
  sample(payOrderCommand, order.number, command),
  sample(cancelOrderCommand, order.number, command),
  sample(shipOrderCommand, order.number, { ...command, actor: { role: 'staff', userId: user.id } }),
  sample(orderCommandFinished, order.number, {
    commandId,
    number: order.number,
    succeeded: false,
    error: { code: 'ORDER_STATUS_CONFLICT', message: `Order '${order.number}' is SHIPPED; only an order that is PENDING can be paid.` },
  }),
  sample(paymentSettled, order.number, payment),
  sample(paymentFailed, order.number, { ...payment, reason: 'The card was declined.' }),
  sample(paymentRefunded, order.number, payment),
  sample(userSignedUp, user.id, user),
  sample(userUpdated, user.id, { ...user, country: 'IE' }),
  sample(webhookEndpointDisabled, endpointId, { endpointId, ownerId: user.id, reason: 'It answered 410 Gone.' }),
].map((envelope, index) => ({ ...envelope, id: `01980c6e-5a10-7c3e-9b1f-${String(index + 1).padStart(12, '0')}` }));

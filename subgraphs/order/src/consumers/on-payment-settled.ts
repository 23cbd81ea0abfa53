import { paymentSettled } from '@supergraph/events/payment';
import { settlePayment } from '../use-cases/record-payment.ts';
import { onPaymentNews } from './payment-news.ts';

/** The order is PAID from the moment this has run; when it cannot be any more, the money goes back. */
export const onPaymentSettled = onPaymentNews(paymentSettled, () => settlePayment);

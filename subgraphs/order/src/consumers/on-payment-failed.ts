import { paymentFailed } from '@supergraph/events/payment';
import { failPayment } from '../use-cases/record-payment.ts';
import { onPaymentNews } from './payment-news.ts';
import { readData } from './read-message.ts';

/** The order stays PENDING and can be paid anew. */
export const onPaymentFailed = onPaymentNews(paymentFailed, (envelope) => failPayment(readData(paymentFailed, envelope).reason));

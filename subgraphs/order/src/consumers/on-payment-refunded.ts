import { paymentRefunded } from '@supergraph/events/payment';
import { refundPayment } from '../use-cases/record-payment.ts';
import { onPaymentNews } from './payment-news.ts';

export const onPaymentRefunded = onPaymentNews(paymentRefunded, () => refundPayment);

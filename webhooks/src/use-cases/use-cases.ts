import { deleteEndpoint } from './delete-endpoint.ts';
import type { QueryChecker, Stamps, TransactWebhooks, UrlGuard, WebhookReader } from './ports.ts';
import { readWebhooks } from './read-webhooks.ts';
import { registerEndpoint } from './register-endpoint.ts';
import { replayDelivery, replayRange } from './replay-delivery.ts';
import { rotateKey } from './rotate-key.ts';
import { testDelivery } from './test-delivery.ts';
import { updateEndpoint } from './update-endpoint.ts';

export interface UseCaseOptions extends Stamps {
  reader: WebhookReader;
  transact: TransactWebhooks;
  urlGuard: UrlGuard;
  queryChecker: QueryChecker;
  newSecret: () => string;
}

/** What people can do here, for both doors: the graph and REST. */
export const createUseCases = (options: UseCaseOptions) => ({
  read: readWebhooks(options.reader),
  registerEndpoint: registerEndpoint(options),
  updateEndpoint: updateEndpoint(options),
  deleteEndpoint: deleteEndpoint(options),
  rotateKey: rotateKey(options),
  testDelivery: testDelivery(options),
  replayDelivery: replayDelivery(options),
  replayRange: replayRange(options),
});

export type UseCases = ReturnType<typeof createUseCases>;

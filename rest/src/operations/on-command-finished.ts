import { orderCommandFinished } from '@supergraph/events/order';
import { type Handler, ParkMessage } from '@supergraph/message-bus/message-bus';
import type { OperationStore } from './operation-store.postgres.ts';

/** What became of a command shows in its operation from the moment this has run. */
export const onCommandFinished =
  (store: Pick<OperationStore, 'finish'>): Handler =>
  async ({ envelope }) => {
    const { data, error } = orderCommandFinished.data.safeParse(envelope.data);
    if (data === undefined) throw new ParkMessage(`${envelope.type} is malformed: ${error.message}`);
    await store.finish(envelope.id, data, new Date(envelope.time));
  };

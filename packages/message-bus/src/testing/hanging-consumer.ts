import type { BusOptions } from '../message-bus.ts';
import { openMessageBus } from '../open.ts';

// A consumer that takes messages and never finishes one, to be killed: `node hanging-consumer.ts '{"url": …, "group": …}'`.
// It prints the id of each message it holds.
const { group, ...options } = JSON.parse(process.argv[2] ?? '{}') as BusOptions & { group: string };
const bus = await openMessageBus(options);
await bus.subscribe({
  group,
  handle: ({ envelope }) => {
    process.stdout.write(`${envelope.id}\n`);
    return new Promise(() => undefined);
  },
});

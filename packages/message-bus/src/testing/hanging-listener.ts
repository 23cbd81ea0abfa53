import type { BusOptions } from '../message-bus.ts';
import { openMessageBus } from '../open.ts';

// A listener, to be stopped or killed: `node hanging-listener.ts '{"url": …, "types": […]}'`. It says when it listens, and when it was interrupted.
const { types, ...options } = JSON.parse(process.argv[2] ?? '{}') as BusOptions & { types: string[] };
const bus = await openMessageBus(options);
await bus.listen({ types, handle: () => undefined, onInterrupted: () => process.stdout.write('interrupted\n') });
process.stdout.write('listening\n');

import { createGuardedAgent } from '../../webhooks/src/egress/guarded-agent.ts';
import { createSender } from '../../webhooks/src/egress/send.ts';
import { createUrlGuard, type Lookup } from '../../webhooks/src/egress/url-guard.ts';
import { HOSTILE_URLS, MALFORMED_URLS, PUBLIC_ADDRESS, RECORDS } from './hostile-urls.ts';

/**
 * Run by egress.test.ts without a network and under strace: tries every hostile URL three ways and prints what came of each. With the argument
 * `planted` the guard lets everything pass, and connections have to be seen.
 */
interface Outcome {
  url: string;
  /** As registration does. */
  checked: string;
  /** As a delivery does. */
  sent: string;
  /** As a delivery does when the name was good at the check. */
  flipped: string;
}

const allowPrivate = process.argv[2] === 'planted';
const lookup: Lookup = async (name) => RECORDS[name] ?? [{ address: '127.0.0.1', family: 4 }];

const guard = createUrlGuard({ allowPrivate, lookup });
const agent = createGuardedAgent({ guard });
const deliver = async (url: string, send = createSender({ guard, agent, deadlineMs: 2_000 })): Promise<string> => {
  const { statusCode, failure } = await send({ url, headers: {}, body: '{}' });
  return failure ?? `answered ${statusCode}`;
};

/** Nothing but the connector stands between the URL and the network. */
const deliverUninspected = (url: string): Promise<string> => {
  const inspect = (): undefined => undefined;
  return deliver(url, createSender({ guard: { ...guard, inspect }, agent, deadlineMs: 2_000 }));
};

const outcomeOf = async (url: string): Promise<Outcome> => ({
  url,
  checked: (await guard.check(url)) ?? 'accepted',
  sent: await deliver(url),
  flipped: HOSTILE_URLS.includes(url) ? await deliverUninspected(url) : '',
});

/** Public when it is checked, private when it is connected to. */
const flip = async (): Promise<Outcome> => {
  let asked = 0;
  const flippingGuard = createUrlGuard({
    allowPrivate,
    lookup: async () => (asked++ === 0 ? [PUBLIC_ADDRESS] : [{ address: '127.0.0.1', family: 4 }]),
  });
  const url = 'https://flipping.example.com/';
  const checked = (await flippingGuard.check(url)) ?? 'accepted';
  const send = createSender({ guard: flippingGuard, agent: createGuardedAgent({ guard: flippingGuard }), deadlineMs: 2_000 });
  return { url, checked, sent: '', flipped: await deliver(url, send) };
};

const outcomes: Outcome[] = [];
for (const url of [...HOSTILE_URLS, ...MALFORMED_URLS]) outcomes.push(await outcomeOf(url));
outcomes.push(await flip());
process.stdout.write(JSON.stringify(outcomes));
await agent.close();
process.exit(0);

import { z } from 'zod';
import type { Contract } from './contract.ts';
import { envelopeSchema, MAX_EVENT_BYTES } from './envelope.ts';
import { CONTRACTS } from './registry.ts';
import { SAMPLES } from './samples.ts';
import { SUBSCRIPTIONS } from './subscriptions.ts';

interface Reference {
  $ref: string;
}

type JsonSchema = Readonly<Record<string, unknown>>;

interface Channel {
  address: string;
  title: string;
  description: string;
  messages: Record<string, Reference>;
}

interface Operation {
  action: 'send' | 'receive';
  title: string;
  channel: Reference;
  messages: readonly Reference[];
  tags: readonly { name: string }[];
}

interface Message {
  name: string;
  title: string;
  summary: string;
  tags: readonly { name: string }[];
  payload: JsonSchema;
  examples: readonly { name: string; payload: unknown }[];
}

/** The parts of AsyncAPI 3.0 that we use (https://www.asyncapi.com/docs/reference/specification/v3.0.0). */
export interface AsyncApiDocument {
  asyncapi: '3.0.0';
  info: { title: string; version: string; description: string; license: { name: string } };
  defaultContentType: string;
  channels: Record<string, Channel>;
  operations: Record<string, Operation>;
  components: { messages: Record<string, Message>; schemas: Record<string, JsonSchema> };
}

const DESCRIPTION = `Every event and command of the supergraph, who sends it and which consumer groups receive it.

Each message is a CloudEvents 1.0 envelope in structured JSON, at most ${MAX_EVENT_BYTES} bytes (256 KB) of UTF-8 with the envelope.
A channel's address is the type of its messages; how it is mapped to a queue, topic or stream is the broker's adapter's business.

Delivery is at least once: remember \`id\` and act once. A type never changes its meaning. Within a version only optional fields are
added, so ignore those you do not know; everything else makes a new type with the next version.`;

/** `product.price-changed.v1` is "Product price changed"; a command reads as one: "Pay order". */
const titleOf = ({ type, kind }: Contract): string => {
  const words = type.replace(/\.v\d+$/, '').split('.');
  const text = (kind === 'command' ? words.reverse() : words).join(' ').replaceAll('-', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
};

const toJsonSchema = (schema: z.ZodType): JsonSchema => {
  // What AsyncAPI's own schema dialect is a superset of. `input`: readers must accept fields they do not know.
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema: node }) => {
      // Zod spells out the calendar; `format` says as much, but for the time zone.
      if (node.format === 'date-time') node.pattern = 'Z$';
    },
  });
  return jsonSchema;
};

const channelReference = (type: string): Reference => ({ $ref: `#/channels/${type}` });
const channelMessageReference = (type: string): Reference => ({ $ref: `#/channels/${type}/messages/${type}` });

const toChannel = (contract: Contract): Channel => ({
  address: contract.type,
  title: titleOf(contract),
  description: contract.description,
  messages: { [contract.type]: { $ref: `#/components/messages/${contract.type}` } },
});

const toOperation = (contract: Contract, action: Operation['action'], room: string): Operation => ({
  action,
  title: `${room} ${action}s: ${titleOf(contract)}`,
  channel: channelReference(contract.type),
  messages: [channelMessageReference(contract.type)],
  tags: [{ name: room }],
});

const toMessage = (contract: Contract): Message => ({
  name: contract.type,
  title: titleOf(contract),
  summary: contract.description,
  tags: [{ name: contract.kind }],
  payload: {
    allOf: [
      { $ref: '#/components/schemas/Envelope' },
      {
        type: 'object',
        properties: { type: { const: contract.type }, source: { const: contract.source }, data: toJsonSchema(contract.data) },
      },
    ],
  },
  examples: SAMPLES.filter(({ type }) => type === contract.type).map((payload) => ({ name: titleOf(contract), payload })),
});

const envelope = (): JsonSchema => ({
  title: 'CloudEvents 1.0 envelope',
  description: `At most ${MAX_EVENT_BYTES} bytes as UTF-8 JSON.`,
  'x-maximum-bytes': MAX_EVENT_BYTES,
  // Every message says itself what its data are.
  ...toJsonSchema(envelopeSchema.extend({ data: z.looseObject({}) })),
});

/** All contracts, who sends and who receives them, as one AsyncAPI document. The same input gives the same document. */
export const asyncApiDocument = (contracts = CONTRACTS, subscriptions = SUBSCRIPTIONS): AsyncApiDocument => {
  const byType = <Value>(make: (contract: Contract) => Value): Record<string, Value> =>
    Object.fromEntries(contracts.map((contract) => [contract.type, make(contract)]));
  const sends = contracts.map((contract) => [`${contract.source}.send.${contract.type}`, toOperation(contract, 'send', contract.source)] as const);
  const receives = Object.entries(subscriptions).flatMap(([group, types]) =>
    contracts
      .filter(({ type }) => types.includes(type))
      .map((contract) => [`${group}.receive.${contract.type}`, toOperation(contract, 'receive', group)] as const),
  );
  return {
    asyncapi: '3.0.0',
    info: { title: 'Supergraph events', version: '1.0.0', description: DESCRIPTION, license: { name: 'MIT' } },
    defaultContentType: 'application/cloudevents+json',
    channels: byType(toChannel),
    operations: Object.fromEntries([...sends, ...receives]),
    components: { messages: byType(toMessage), schemas: { Envelope: envelope() } },
  };
};

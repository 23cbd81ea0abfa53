import { randomUUID } from 'node:crypto';
import type { AsyncMessage, Channel, Connection } from 'rabbitmq-client';
import type { ConnectEars } from '../keep-listening.ts';
import { parseEnvelope } from '../parse-envelope.ts';
import type { AmqpTopology } from './amqp-topology.ts';

/** How far behind a listener may be: the broker then drops the oldest, and publishers never wait. */
const MAX_MESSAGES = 20_000;
const MAX_BYTES = 33_554_432;
const PREFETCH = 200;

/** What is dropped from the first queue goes to the second, whose first message tells that something was. */
const declareQueues = async (channel: Channel, name: string): Promise<{ queue: string; dropped: string }> => {
  const dropped = `${name}.dropped`;
  const own = { exclusive: true, autoDelete: true, durable: false };
  await channel.queueDeclare({ queue: dropped, ...own, arguments: { 'x-max-length': 1 } });
  const limits = { 'x-max-length': MAX_MESSAGES, 'x-max-length-bytes': MAX_BYTES, 'x-overflow': 'drop-head' } as const;
  const toDropped = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dropped };
  await channel.queueDeclare({ queue: name, ...own, arguments: { ...limits, ...toDropped } });
  return { queue: name, dropped };
};

/** A queue that belongs to the connection and ends with it, bound to an exchange apart from the groups'. */
export const connectAmqpEars =
  (connection: Connection, topology: AmqpTopology, types: readonly string[]): ConnectEars =>
  async ({ hear, lost }) => {
    const channel = await connection.acquire({ emitErrorsFromChannel: true });
    channel.on('error', lost);
    channel.once('close', () => lost(new Error('the connection to RabbitMQ was closed')));
    channel.once('basic.cancel', () => lost(new Error('the queue was deleted')));
    try {
      const { queue, dropped } = await declareQueues(channel, `${topology.exchange}.listener.${randomUUID()}`);
      for (const routingKey of types) await channel.queueBind({ queue, exchange: topology.listening, routingKey });
      await channel.basicConsume({ queue: dropped, noAck: true }, () => lost(new Error('the listener was too slow')));
      // Acknowledged, because the broker sends what is not as fast as it comes, and keeps what is not read where no limit holds.
      await channel.basicQos({ prefetchCount: PREFETCH });
      await channel.basicConsume({ queue }, ({ body, deliveryTag }: AsyncMessage) => {
        hear(parseEnvelope(String(body)));
        if (channel.active) channel.basicAck({ deliveryTag });
      });
    } catch (error) {
      void channel.close();
      throw error;
    }
    return () => channel.close();
  };

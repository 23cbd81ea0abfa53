import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { message, SUBSCRIPTIONS } from '../testing/messages.ts';
import { openSqsBus } from './sqs.ts';
import { createSqsAudience } from './sqs-audience.ts';
import { createSqsBroadcast, MISSED } from './sqs-broadcast.ts';
import { createSqsClient } from './sqs-client.ts';

type Answer = (action: string, body: { MessageBody?: string }) => { status?: number; json: unknown };

const QUEUE = { QueueUrl: 'http://127.0.0.1/queue', Attributes: { QueueArn: 'arn' } };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** As much of SQS as `answer` knows. */
const serve = async (answer: Answer): Promise<string> => {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const { status = 200, json } = answer(action, JSON.parse(await text(request)));
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(json));
  };
  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `sqs://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const openOn = async (answer: Answer) => {
  const errors: string[] = [];
  const bus = await openSqsBus({ url: await serve(answer), subscriptions: SUBSCRIPTIONS, onError: (_, what) => void errors.push(what) });
  return { bus, errors };
};

test('without the right to list queues a service is ready and publishes, and complains once', async () => {
  const denied = { status: 400, json: { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'no' } };
  const { bus, errors } = await openOn((action) => (action === 'ListQueues' ? denied : { json: QUEUE }));
  expect(await bus.readiness()).toBeUndefined();
  await bus.publish([message('s')]);
  await bus.publish([message('s')]);
  expect(errors).toEqual(['finding listeners']);
  await bus.close();
});

test('a listener that could not be reached is told so, once; one that is gone is owed nothing', async () => {
  const told: string[] = [];
  let isRefused = true;
  const url = await serve((_, { MessageBody = '' }) => {
    if (isRefused) return { status: 400, json: { __type: 'com.amazonaws.sqs#OverLimit', message: 'no' } };
    told.push(MessageBody);
    return { json: { MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') } };
  });
  const client = createSqsClient(url);
  const one = 'http://127.0.0.1/listener';
  let queues = [one];
  const audience = { ...createSqsAudience({ client, namespace: 'test', onError: () => undefined }), find: async () => queues };
  const broadcast = createSqsBroadcast(client, audience, () => undefined);
  await broadcast(['1']);
  isRefused = false;
  for (const json of ['2', '3']) await broadcast([json]);
  expect(told).toEqual([MISSED, '2', '3']);

  isRefused = true;
  await broadcast(['4']);
  isRefused = false;
  queues = [];
  await broadcast(['5']);
  queues = [one];
  await broadcast(['6']);
  expect(told.slice(3)).toEqual(['6']);
  client.destroy();
});

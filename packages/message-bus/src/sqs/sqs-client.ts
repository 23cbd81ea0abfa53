import { createHash } from 'node:crypto';
import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';

const CONNECT_DEADLINE_MS = 1_000;
const AWS_HOST = /\.amazonaws\.com(\.cn)?$/;
const AWS_REGION = /(?:^|\.)sqs\.([a-z0-9-]+)\./;

/** SQS takes at most this many messages in one request. */
export const MAX_BATCH = 10;

/**
 * From `sqs://sqs.eu-west-1.amazonaws.com`, with the key as `sqs://key:secret@…` or, left out, from where the SDK looks
 * (environment, profile, container, instance). Any other host is taken for a test server without TLS. `?region=` where the
 * host does not tell it.
 */
const configOf = (url: URL): SQSClientConfig => {
  const isAws = AWS_HOST.test(url.hostname);
  const region = url.searchParams.get('region') ?? (isAws ? AWS_REGION.exec(url.hostname)?.[1] : 'us-east-1');
  const key = { accessKeyId: decodeURIComponent(url.username), secretAccessKey: decodeURIComponent(url.password) };
  const local = isAws ? undefined : { accessKeyId: 'local', secretAccessKey: 'local' };
  const credentials = url.username === '' ? local : key;
  return {
    endpoint: `${isAws ? 'https' : 'http'}://${url.host}`,
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
  };
};

/** Requests have no deadline of their own: each is given one. */
export const createSqsClient = (url: string): SQSClient =>
  new SQSClient({
    ...configOf(new URL(url)),
    maxAttempts: 3,
    // A test server may call itself by another name than the one by which it was reached.
    useQueueUrlAsEndpoint: false,
    requestHandler: { connectionTimeout: CONNECT_DEADLINE_MS, httpAgent: { maxSockets: 64 }, httpsAgent: { maxSockets: 64 } },
  });

export const isQueueMissing = (error: unknown): boolean =>
  /^(QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue)$/.test((error as Error).name);

/** Ids of groups and deduplication are at most 128 printable ASCII characters. */
export const toSqsId = (text: string): string => (/^[!-~]{1,128}$/.test(text) ? text : createHash('sha256').update(text).digest('hex'));

/** JSON in the characters that SQS takes: those of XML 1.0. `JSON.stringify` has escaped all others already. */
export const toSqsBody = (json: string): string => json.replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);

export const chunksOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

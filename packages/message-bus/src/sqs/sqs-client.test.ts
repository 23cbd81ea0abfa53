import { describe, expect, test } from 'vitest';
import { createSqsClient, toSqsBody, toSqsId } from './sqs-client.ts';

describe('what SQS takes', () => {
  test('a body without the two characters that it refuses, and the same JSON', () => {
    const text = 'a\ufffe\uffffbä€😀';
    const body = toSqsBody(JSON.stringify({ text }));
    expect(body).not.toMatch(/[\ufffe\uffff]/);
    expect(JSON.parse(body)).toEqual({ text });
  });

  test('an id as it is when it can be, otherwise its hash', () => {
    expect(toSqsId('order-1')).toBe('order-1');
    expect(toSqsId('ä')).toMatch(/^[0-9a-f]{64}$/);
    expect(toSqsId('x'.repeat(200))).toHaveLength(64);
  });
});

describe('the address', () => {
  const settings = async (url: string) => {
    const { config } = createSqsClient(url);
    const endpoint = await config.endpoint?.();
    return {
      address: `${endpoint?.protocol}//${endpoint?.hostname}${endpoint?.port === undefined ? '' : `:${endpoint.port}`}`,
      region: await config.region(),
    };
  };

  test('of Amazon goes by TLS and tells the region', async () => {
    expect(await settings('sqs://sqs.eu-west-1.amazonaws.com')).toEqual({ address: 'https://sqs.eu-west-1.amazonaws.com', region: 'eu-west-1' });
    expect(await settings('sqs://vpce-1.sqs.us-east-2.vpce.amazonaws.com')).toMatchObject({ region: 'us-east-2' });
  });

  test('of anything else is a test server, with a key of no worth unless one is given', async () => {
    expect(await settings('sqs://127.0.0.1:4724?region=eu-north-1')).toEqual({ address: 'http://127.0.0.1:4724', region: 'eu-north-1' });
    expect(await createSqsClient('sqs://127.0.0.1:4724').config.credentials()).toMatchObject({ accessKeyId: 'local' });
    expect(await createSqsClient('sqs://me:a%2Fb@127.0.0.1:4724').config.credentials()).toMatchObject({ accessKeyId: 'me', secretAccessKey: 'a/b' });
  });
});

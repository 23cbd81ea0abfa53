// Plain fetch: with the package's own client, and without it.
import { createClient } from '@supergraph/client';
import { MeDocument, OrderStateFragmentDoc, readFragment, SignInDocument } from '@supergraph/client/web';

const [url = '', email = '', password = ''] = process.argv.slice(2);

let accessToken: string | undefined;
const client = createClient({ url, accessToken: () => accessToken, queries: 'GET' });
const session = await client.execute(SignInDocument, { input: { email, password } });
accessToken = session.data.signIn?.accessToken;
const { data } = await client.execute(MeDocument, { orders: 2 });
const orders = data.me?.orders?.nodes.map((order) => ({ placedAt: order.placedAt, ...readFragment(OrderStateFragmentDoc, order) })) ?? [];

const response = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
  body: JSON.stringify({ documentId: MeDocument.__meta__?.['hash'], variables: { orders: 1 } }),
});
const { data: raw } = (await response.json()) as {
  data: NonNullable<(typeof MeDocument)['__apiType']> extends (variables: never) => infer Data ? Data : never;
};

process.stdout.write(JSON.stringify({ name: data.me?.name, orders: orders.map(({ number, status }) => ({ number, status })), again: raw.me?.name }));

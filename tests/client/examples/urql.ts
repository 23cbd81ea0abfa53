// urql 5: ids instead of texts, in an exchange before fetchExchange.
import { sendById, urqlDocument } from '@supergraph/client/urql';
import { MeDocument, OrderStateFragmentDoc, readFragment, SignInDocument } from '@supergraph/client/web';
import { Client, cacheExchange, fetchExchange, mapExchange } from 'urql';

const [url = '', email = '', password = ''] = process.argv.slice(2);

let accessToken: string | undefined;
const client = new Client({
  url,
  preferGetMethod: false,
  exchanges: [cacheExchange, mapExchange({ onOperation: sendById }), fetchExchange],
  fetchOptions: () => ({ headers: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` } }),
});

const session = await client.mutation(urqlDocument(SignInDocument), { input: { email, password } }).toPromise();
accessToken = session.data?.signIn?.accessToken;
const { data } = await client.query(urqlDocument(MeDocument), { orders: 2 }).toPromise();
const orders = data?.me?.orders?.nodes.map((order) => readFragment(OrderStateFragmentDoc, order)) ?? [];
const cached = await client.query(urqlDocument(MeDocument), { orders: 2 }, { requestPolicy: 'cache-only' }).toPromise();

process.stdout.write(
  JSON.stringify({ name: data?.me?.name, orders: orders.map(({ number, status }) => ({ number, status })), again: cached.data?.me?.name }),
);

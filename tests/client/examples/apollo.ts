// Apollo Client 4: ids instead of texts by its PersistedQueryLink, objects kept in its normalised cache.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { apolloDocument, persistedHash } from '@supergraph/client/apollo';
import { MeDocument, OrderStateFragmentDoc, readFragment, SignInDocument } from '@supergraph/client/web';

const [uri = '', email = '', password = ''] = process.argv.slice(2);

let accessToken: string | undefined;
const authorization = new ApolloLink((operation, forward) => {
  if (accessToken !== undefined) operation.setContext({ headers: { authorization: `Bearer ${accessToken}` } });
  return forward(operation);
});
const link = ApolloLink.from([new PersistedQueryLink({ generateHash: persistedHash }), authorization, new HttpLink({ uri })]);
const client = new ApolloClient({ link, cache: new InMemoryCache() });

const session = await client.mutate({ mutation: apolloDocument(SignInDocument), variables: { input: { email, password } } });
accessToken = session.data?.signIn?.accessToken;
const { data } = await client.query({ query: apolloDocument(MeDocument), variables: { orders: 2 } });
const orders = data?.me?.orders?.nodes.map((order) => readFragment(OrderStateFragmentDoc, order)) ?? [];
const cached = client.cache.readQuery({ query: apolloDocument(MeDocument), variables: { orders: 2 } });

process.stdout.write(
  JSON.stringify({ name: data?.me?.name, orders: orders.map(({ number, status }) => ({ number, status })), again: cached?.me?.name }),
);

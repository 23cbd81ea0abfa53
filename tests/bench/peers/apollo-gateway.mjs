import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

// Apollo Gateway as its documentation starts it. Arguments: the supergraph's file and a port.
const [supergraphFile, port] = process.argv.slice(2);
process.on('disconnect', () => process.exit());

const gateway = new ApolloGateway({ supergraphSdl: readFileSync(supergraphFile, 'utf8') });
await startStandaloneServer(new ApolloServer({ gateway }), { listen: { host: '127.0.0.1', port: Number(port) } });

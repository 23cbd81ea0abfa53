import { createServer } from 'node:http';
import { Pool } from 'undici';

// What any gateway on Node costs at least: it takes an operation over HTTP, asks one subgraph the same, reads the answer and writes it anew. It
// knows nothing of GraphQL. Arguments: the subgraph's URL and a port.
const [subgraphUrl, port] = process.argv.slice(2);
const { origin, pathname: path } = new URL(subgraphUrl);
const pool = new Pool(origin, { connections: 100, pipelining: 1 });
const headers = { 'content-type': 'application/json' };

const ask = (body) =>
  new Promise((resolve, reject) => {
    const chunks = [];
    pool.dispatch(
      { path, method: 'POST', headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData: (_, chunk) => chunks.push(chunk),
        onResponseEnd: () => resolve(Buffer.concat(chunks).toString()),
        onResponseError: (_, error) => reject(error),
      },
    );
  });

const answer = async (text, response) => {
  const { query } = JSON.parse(text);
  const { data } = JSON.parse(await ask(JSON.stringify({ query })));
  const body = Buffer.from(JSON.stringify({ data }));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
};

process.on('disconnect', () => process.exit());
createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  request.once('end', () => void answer(text, response));
}).listen(Number(port), '127.0.0.1');

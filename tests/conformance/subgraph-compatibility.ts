import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { startRouter } from '../hostile-inputs/router-process.ts';
import { freePort } from '../postgres.ts';
import { startProductsSubgraph } from './products-subgraph.ts';
import { type Outcome, runJest, SUITES } from './suites.ts';

const SUITE = join(SUITES, 'node_modules/@apollo/federation-subgraph-compatibility-tests');
const TESTS = 23;
const READY_DEADLINE_MS = 20_000;

interface SuiteSubgraph {
  name: string;
  url: string;
  process: ChildProcess;
}

const answers = async (url: string): Promise<boolean> => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ __typename }"}' };
  return fetch(url, init).then(
    ({ ok }) => ok,
    () => false,
  );
};

/** One of the subgraphs that come with the suite. */
const startSuiteSubgraph = async (name: 'users' | 'inventory'): Promise<SuiteSubgraph> => {
  const port = await freePort();
  const env = { ...process.env, [`${name.toUpperCase()}_PORT`]: String(port) };
  const child = spawn(process.execPath, ['index.js'], { cwd: join(SUITE, 'dist/subgraphs', name), env, stdio: 'ignore' });
  const url = `http://localhost:${port}/`;
  const deadline = Date.now() + READY_DEADLINE_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the suite's subgraph ${name} does not answer`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { name, url, process: child };
};

const stop = async ({ process: child }: SuiteSubgraph): Promise<void> => {
  if (child.exitCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
};

/** Apollo's subgraph compatibility tests: our products subgraph, the suite's users and inventory, and our router in front. */
export const runSubgraphCompatibility = async (): Promise<Outcome> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  const schemaFile = join(SUITE, 'products.graphql');
  const closing: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  try {
    const products = await startProductsSubgraph(schemaFile);
    closing.push(() => products.close());
    const others: SuiteSubgraph[] = [];
    for (const name of ['users', 'inventory'] as const) {
      const other = await startSuiteSubgraph(name);
      others.push(other);
      closing.push(() => stop(other));
    }
    const { supergraphSdl, errors } = composeServices([
      { name: 'products', url: products.url, typeDefs: parse(readFileSync(schemaFile, 'utf8')) },
      ...others.map(({ name, url }) => ({
        name,
        url,
        typeDefs: parse(readFileSync(join(SUITE, 'dist/subgraphs', name, `${name}.graphql`), 'utf8')),
      })),
    ]);
    if (supergraphSdl === undefined) throw new Error(`the suite's subgraphs do not compose:\n${errors?.map(String).join('\n')}`);
    const supergraphFile = join(folder, 'supergraph.graphql');
    writeFileSync(supergraphFile, supergraphSdl);
    const keys = ['products', 'users', 'inventory'].map((name) => `${name}=${name.padEnd(32, '-')}`).join(',');
    const router = await startRouter({ ROUTER_SUPERGRAPH: supergraphFile, ROUTER_SUBGRAPH_KEYS: keys });
    closing.push(() => router.stop());
    const outcome = await runJest('Subgraph compatibility', 'subgraph-compatibility.config.cjs', {
      PRODUCTS_URL: products.url,
      ROUTER_URL: `http://127.0.0.1:${router.port}/graphql`,
    });
    if (outcome.passed !== TESTS) outcome.problems.push(`${outcome.passed} of ${TESTS} tests passed`);
    return outcome;
  } finally {
    for (const close of closing.reverse()) await close();
  }
};

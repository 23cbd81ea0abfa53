import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRouter } from '../hostile-inputs/router-process.ts';
import { startSubgraphs } from '../hostile-inputs/subgraphs.ts';
import { type Outcome, requireSuite } from './suites.ts';

interface Audit {
  id: string;
  name: string;
  fn(): Promise<{ status: 'ok' | 'notice' | 'warn' | 'error'; reason?: string }>;
}

interface AuditSuite {
  serverAudits(options: { url: string; fetchFn: typeof fetch }): Audit[];
}

const AUDITS = 61;
/** GET without a header that browsers ask permission for: refused, because any page could send it. */
const REFUSED_WITHOUT_PREFLIGHT = ['5A70', '6A70', 'D6D5'];

const withPreflight: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set('apollo-require-preflight', 'true');
  return fetch(input, { ...init, headers });
};

const run = async (name: string, url: string, fetchFn: typeof fetch, expectedNotices: readonly string[]): Promise<Outcome> => {
  const { serverAudits } = requireSuite('graphql-http') as AuditSuite;
  const audits = serverAudits({ url, fetchFn });
  const problems: string[] = audits.length === AUDITS ? [] : [`the suite has ${audits.length} audits, not ${AUDITS}`];
  let passed = 0;
  let skipped = 0;
  for (const { id, name: title, fn } of audits) {
    const { status, reason } = await fn();
    const isExpected = expectedNotices.includes(id);
    if (status === 'ok' && !isExpected) passed += 1;
    else if (status === 'notice' && isExpected) skipped += 1;
    else problems.push(`${id} ${status}: ${title}${reason === undefined ? '' : ` (${reason})`}`);
  }
  return { name, passed, skipped, problems };
};

/** graphql-http's audits against the router as it runs in production, with introspection, which some of them ask for. */
export const runHttpAudits = async (): Promise<Outcome[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  const subgraphs = await startSubgraphs();
  const supergraphFile = join(folder, 'supergraph.graphql');
  writeFileSync(supergraphFile, subgraphs.supergraph);
  try {
    const router = await startRouter({
      ROUTER_SUPERGRAPH: supergraphFile,
      ROUTER_INTROSPECTION: 'true',
      ROUTER_SUBGRAPH_KEYS: `products=${'p'.repeat(32)},orders=${'o'.repeat(32)}`,
    });
    try {
      const url = `http://127.0.0.1:${router.port}/graphql`;
      return [
        await run('GraphQL over HTTP, with the preflight header', url, withPreflight, []),
        await run('GraphQL over HTTP, as any page could ask', url, fetch, REFUSED_WITHOUT_PREFLIGHT),
      ];
    } finally {
      await router.stop();
    }
  } finally {
    subgraphs.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

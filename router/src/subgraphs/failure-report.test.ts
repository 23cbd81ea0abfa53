import type { Logger } from '@supergraph/service/logging';
import { expect, it } from 'vitest';
import { createFailureReport } from './failure-report.ts';
import { type SubgraphAnswer, SubgraphFailure, type SubgraphFailureCode } from './subgraph-failure.ts';

type Line = Record<string, unknown> & { level: string };

const setUp = (): { report: (failure: SubgraphFailure) => SubgraphAnswer; lines: Line[] } => {
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (fields: object): void =>
      void lines.push({ level, ...fields });
  const logger = { error: at('error'), debug: at('debug') } as unknown as Logger;
  const report = createFailureReport({ name: 'orders', url: 'http://secret/graphql', logger });
  return { report: (failure) => report(failure, []), lines };
};

const referenceIn = ({ errors }: SubgraphAnswer): unknown => errors?.[0]?.extensions?.['reference'];

it('tells the client a reference, and the log everything under it', () => {
  const { report, lines } = setUp();
  const failure = new SubgraphFailure('SUBGRAPH_UNAVAILABLE', 'no connection', { cause: new Error('secret') });
  const answer = report(failure);
  expect(JSON.stringify(answer)).not.toContain('secret');
  expect(lines).toEqual([{ level: 'error', err: failure, subgraph: 'orders', url: 'http://secret/graphql', reference: referenceIn(answer) }]);
  expect(referenceIn(report(failure))).not.toBe(referenceIn(answer));
});

it.each<SubgraphFailureCode>(['SUBGRAPH_CIRCUIT_OPEN', 'SUBGRAPH_OVERLOADED'])('logs one of a thousand %s, whose reference all have', (code) => {
  const { report, lines } = setUp();
  const references = new Set(Array.from({ length: 1_000 }, () => referenceIn(report(new SubgraphFailure(code, 'refused')))));
  expect(lines.length).toBeLessThanOrEqual(2);
  expect(references).toEqual(new Set(lines.map(({ reference }) => reference)));
});

it('does not take a client that went away for an error', () => {
  const { report, lines } = setUp();
  report(new SubgraphFailure('SUBGRAPH_UNAVAILABLE', 'given up', { abandoned: true }));
  expect(lines).toMatchObject([{ level: 'debug' }]);
});

import { runHttpAudits } from './http-audits.ts';
import { runSubgraphCompatibility } from './subgraph-compatibility.ts';
import { installSuites, type Outcome, runJest } from './suites.ts';

/** Fewer would mean that the suite was not seen. Its 24 skipped tests need GraphQL 17. */
const INTEGRATION_TESTS = 246;

const runIntegrationSuite = async (): Promise<Outcome> => {
  const outcome = await runJest('Apollo Server integration', 'integration.config.cjs');
  if (outcome.passed < INTEGRATION_TESTS) outcome.problems.push(`${outcome.passed} tests passed, expected ${INTEGRATION_TESTS}`);
  return outcome;
};

const SUITES: Readonly<Record<string, () => Promise<Outcome | Outcome[]>>> = {
  http: runHttpAudits,
  integration: runIntegrationSuite,
  subgraph: runSubgraphCompatibility,
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in SUITES));
if (unknown !== undefined) {
  process.stderr.write(`✗ there is no suite ${unknown}\n  → npm run conformance -- ${Object.keys(SUITES).join(' | ')}\n`);
  process.exit(2);
}

installSuites();
const outcomes: Outcome[] = [];
for (const [name, run] of Object.entries(SUITES)) if (wanted.length === 0 || wanted.includes(name)) outcomes.push(...[await run()].flat());

for (const { name, passed, skipped, problems } of outcomes) {
  const counts = `${passed} passed${skipped === 0 ? '' : `, ${skipped} not`}${problems.length === 0 ? '' : `, ${problems.length} failed`}`;
  process.stdout.write(`${problems.length === 0 ? '✓' : '✗'} ${name.padEnd(44)} ${counts}\n`);
  for (const problem of problems) process.stdout.write(`    ${problem}\n`);
}
process.exit(outcomes.every(({ problems }) => problems.length === 0) ? 0 : 1);

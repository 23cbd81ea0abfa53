import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The public suites have a package of their own: they bring 600 others, which nobody needs who does not run them. */
export const SUITES = fileURLToPath(new URL('./suites', import.meta.url));

/** How a suite went. `problems` are its failures, one a line. */
export interface Outcome {
  name: string;
  passed: number;
  skipped: number;
  problems: string[];
}

const JEST_DEADLINE_MS = 180_000;

type Packages = Record<string, { version?: string; optional?: boolean }>;

const packagesOf = (file: string): Packages | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { packages: Packages }).packages : undefined;

const isInstalled = (): boolean => {
  const wanted = packagesOf(join(SUITES, 'package-lock.json')) ?? {};
  const present = packagesOf(join(SUITES, 'node_modules', '.package-lock.json'));
  return (
    present !== undefined &&
    Object.entries(wanted).every(([path, { version, optional }]) => path === '' || optional || present[path]?.version === version)
  );
};

/** Installs the suites when they are missing or others than the lockfile says. @throws Error when npm fails. */
export const installSuites = (): void => {
  if (isInstalled()) return;
  process.stderr.write('Installing the suites: the first run takes a minute …\n');
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', SUITES], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci --prefix ${SUITES} ended with ${status}:\n${stderr}`);
};

/** `require` as a file of the suites' package would have it. */
export const requireSuite = createRequire(join(SUITES, 'package.json'));

interface JestReport {
  numPassedTests: number;
  numPendingTests: number;
  testResults: { name: string; message: string; assertionResults: { fullName: string; status: string; failureMessages: string[] }[] }[];
}

const problemsOf = ({ testResults }: JestReport): string[] =>
  testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0 && message !== '' && assertionResults.length === 0) return [`${name}: ${message.slice(0, 500)}`];
    return failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]?.split('\n').slice(0, 3).join(' ')}`);
  });

/** Runs the suites' jest with one of its configurations. @throws Error when it leaves no report. */
export const runJest = async (name: string, configFile: string, env: Record<string, string> = {}): Promise<Outcome> => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  const reportFile = join(folder, 'report.json');
  const args = [join(SUITES, 'node_modules/jest/bin/jest.js'), '--ci', '--config', join(SUITES, configFile), '--json', `--outputFile=${reportFile}`];
  const child = spawn(process.execPath, args, {
    cwd: SUITES,
    env: { ...process.env, ...env, NODE_ENV: 'test' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (data) => (complaints = `${complaints}${data}`.slice(-2_000)));
  const late = setTimeout(() => child.kill('SIGKILL'), JEST_DEADLINE_MS);
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(late);
  try {
    if (!existsSync(reportFile)) throw new Error(`jest left no report:\n${complaints}`);
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as JestReport;
    return { name, passed: report.numPassedTests, skipped: report.numPendingTests, problems: problemsOf(report) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

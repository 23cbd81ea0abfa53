#!/usr/bin/env node
// Plain JavaScript, because it runs on whatever Node is there: it installs what is missing, then runs the given command
// with this project's own pinned Node. Usage: node run.mjs [--quiet] COMMAND [ARGUMENT …]; --quiet shows only what fails.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout this file belongs to. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const OLDEST_NODE = 20;

const refuse = (what, fix) => {
  process.stderr.write(`✗ ${what}\n  → ${fix}\n`);
  process.exit(2);
};

const readPackages = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined);

/** True when node_modules holds what package-lock.json asks for. npm keeps its own record of what it installed. */
const isInstalled = () => {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined || !existsSync(join(root, 'node_modules', '.bin', 'node'))) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) => !path.startsWith('node_modules/') || optional || link || present[path]?.version === version,
  );
};

const install = () => {
  process.stderr.write('Installing dependencies: the first run takes a minute …\n');
  const { status, stderr, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (error) refuse(`npm cannot be run: ${error.message}`, 'install Node.js with npm 11');
  if (status === 0) return;
  if (/EUSAGE|can only install packages when your package.json and package-lock.json/.test(stderr)) {
    refuse('package-lock.json does not match package.json', 'run npm install, and commit the package-lock.json it writes');
  }
  const reason = stderr.split('\n').find((line) => /npm (error|ERR!)/.test(line)) ?? `npm ci ended with code ${status}`;
  refuse(`dependencies cannot be installed: ${reason.replace(/^npm (error|ERR!) ?/, '')}`, 'run npm ci and read what it says');
};

/** Keeps what a child writes and shows it only if the child fails; after a second it says that something is going on. */
const showOnFailure = (child) => {
  const chunks = [];
  const patience = setTimeout(() => process.stderr.write('Building what has changed …\n'), 1_000);
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  child.on('close', (code) => {
    clearTimeout(patience);
    if (code !== 0) process.stderr.write(Buffer.concat(chunks));
  });
};

/** Runs a command of node_modules/.bin (or `node`) and ends as it ends. */
export const run = (command, args, { isQuiet = false } = {}) => {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE)
    refuse(`Node ${process.versions.node} is too old`, `use Node ${OLDEST_NODE} or newer; the project then brings its own`);
  if (!isInstalled()) install();
  const bin = join(root, 'node_modules', '.bin');
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
    APOLLO_TELEMETRY_DISABLED: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  };
  const child = spawn(join(bin, command), args, {
    stdio: isQuiet ? ['inherit', 'pipe', 'pipe'] : 'inherit',
    env,
    shell: process.platform === 'win32',
  });
  if (isQuiet) showOnFailure(child);
  // The terminal sends Ctrl-C to the child as well; other signals are handed on. We end when it has ended.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => refuse(`${command} cannot be started: ${error.message}`, 'run npm ci'));
  child.on('close', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
};

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const isQuiet = process.argv[2] === '--quiet';
  const [command, ...args] = process.argv.slice(isQuiet ? 3 : 2);
  run(command, args, { isQuiet });
}

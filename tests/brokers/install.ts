import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BrokerError } from './broker-error.ts';

const run = promisify(execFile);
const INSTALL_DEADLINE_MS = 300_000;
const JAVA_AT_LEAST = 17;
const IN_DOCKER = 'run the brokers in Docker: docker compose up';

const answers = (command: string, args: readonly string[]): boolean => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

const lastLine = (cause: unknown): string => {
  const { stderr, stdout, message } = cause as { stderr?: string; stdout?: string; message: string };
  const lines = `${stdout ?? ''}\n${stderr ?? ''}`.split('\n').filter((line) => /^(E:|\[ERROR\])/.test(line));
  return (lines[0] ?? message).split('\n')[0] as string;
};

// Debian starts a service as soon as its package is there. policy-rc.d forbids it, for as long as this shell lives.
const INSTALL_SCRIPT = `
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap "rm -f $policy" EXIT
  printf '#!/bin/sh\\nkill -0 %s 2>/dev/null && exit 101\\nexit 0\\n' $$ >$policy
  chmod 755 $policy
fi
if [ "$IS_UPDATED" = false ]; then apt-get update -qq; fi
apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
if command -v systemctl >/dev/null; then
  for unit in redis-server rabbitmq-server epmd.socket; do systemctl --quiet disable --now $unit 2>/dev/null || true; done
fi
`;

let isUpdated = false;

/**
 * Installs Debian packages, each as `name` or `name=version`, and keeps the services they bring from starting.
 * @throws BrokerError when we are not root, there is no apt-get, or it fails.
 */
export const installDebianPackages = async (packages: readonly string[]): Promise<void> => {
  const names = packages.join(' ');
  const hint = `as root: apt-get install ${names}; or ${IN_DOCKER}`;
  if (!answers('apt-get', ['--version'])) throw new BrokerError(`there is no apt-get to install ${names} with`, IN_DOCKER);
  if (process.getuid?.() !== 0) throw new BrokerError(`only root can install ${names}`, hint);
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', IS_UPDATED: String(isUpdated) };
    await run('/bin/sh', ['-c', INSTALL_SCRIPT, 'sh', ...packages], { env, timeout: INSTALL_DEADLINE_MS, maxBuffer: 2 ** 26 });
    isUpdated = true;
  } catch (cause) {
    throw new BrokerError(`apt-get cannot install ${names}: ${lastLine(cause)}`, hint, cause);
  }
};

const majorOf = (java: string): number => {
  const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  return Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
};

let foundJava: string | undefined;

/** A Java that is new enough, if the machine has one. */
export const findJava = (): string | undefined => {
  const folder = '/usr/lib/jvm';
  const installed = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, 'bin', 'java')) : [];
  const home = process.env['JAVA_HOME'];
  foundJava ??= [...(home ? [join(home, 'bin', 'java')] : []), 'java', ...installed].find((java) => majorOf(java) >= JAVA_AT_LEAST);
  return foundJava;
};

/** The Debian packages that are missing to run and fetch what is written in Java. */
export const missingJavaPackages = (pom: Pom): string[] => [
  ...(findJava() === undefined ? ['openjdk-17-jre-headless'] : []),
  ...(existsSync(pom.jars) || answers('mvn', ['--version']) ? [] : ['maven']),
];

/** A program from Maven Central, pinned by a POM beside this file. */
export interface Pom {
  file: string;
  version: string;
  /** Where its jars are, or will be, kept: shared by every checkout of this user. */
  jars: string;
}

export const readPom = (name: string): Pom => {
  const file = fileURLToPath(new URL(`${name}.pom.xml`, import.meta.url));
  const text = readFileSync(file, 'utf8');
  const version = /<broker\.version>(.+)<\/broker\.version>/.exec(text)?.[1] as string;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return { file, version, jars: join(cache, 'supergraph-brokers', `${name}-${version}-${digest}`) };
};

// Maven 3 does not lock its local repository: one at a time.
let maven: Promise<unknown> = Promise.resolve();

/**
 * Copies the jars of `pom` into the cache, unless they are there.
 * @throws BrokerError when Maven fails.
 */
export const fetchJars = async (pom: Pom): Promise<void> => {
  if (existsSync(pom.jars)) return;
  const partial = `${pom.jars}.${process.pid}`;
  const args = [
    '-B',
    '-q',
    '--strict-checksums',
    '-Dstyle.color=never',
    '-f',
    pom.file,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${partial}`,
  ];
  const fetched = maven.then(() => run('mvn', args, { timeout: INSTALL_DEADLINE_MS, maxBuffer: 2 ** 26 }));
  maven = fetched.catch(() => undefined);
  try {
    mkdirSync(partial, { recursive: true });
    await fetched;
    if (!existsSync(pom.jars)) renameSync(partial, pom.jars);
  } catch (cause) {
    throw new BrokerError(
      `Maven cannot fetch ${basename(pom.jars)}: ${lastLine(cause)}`,
      `look at: mvn -f ${pom.file} dependency:copy-dependencies; or ${IN_DOCKER}`,
      cause,
    );
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
};

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bad, type Finding, good, note, type Patient } from './finding.ts';

interface Installed {
  version?: string;
  optional?: boolean;
  link?: boolean;
}

interface Manifest {
  packageManager?: string;
  dependencies?: Record<string, string>;
}

const NPM_DEADLINE_MS = 15_000;
/** One version of these, or requests fail: a plan of one is read by another. */
const FEDERATION = /(^|\/)node_modules\/@apollo\/(composition|federation-internals|gateway|query-graphs|query-planner|subgraph)$/;
const GRAPHQL = /(^|\/)node_modules\/graphql$/;

const readJson = <T>(file: string): T | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
};

const packagesOf = (file: string): Record<string, Installed> | undefined => readJson<{ packages?: Record<string, Installed> }>(file)?.packages;

const examineNode = ({ root }: Patient): Finding => {
  const pinned = readJson<Manifest>(join(root, 'package.json'))?.dependencies?.['node'];
  const { node } = process.versions;
  if (pinned === undefined) return note('node', `${node}; package.json pins none`, 'pin one: npm install --save-exact node@VERSION');
  return node === pinned
    ? good('node', `${node}, the pinned version`)
    : bad('node', `${node}, expected ${pinned}`, 'run npx supergraph or the npm scripts: they use the pinned version; npm ci installs it');
};

const npmVersion = ({ root, env }: Patient): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile('npm', ['--version'], { cwd: root, env, timeout: NPM_DEADLINE_MS, shell: process.platform === 'win32' }, (error, stdout) =>
      resolve(error === null ? stdout.trim() : undefined),
    );
  });

const examineNpm = async (patient: Patient): Promise<Finding> => {
  const wanted = readJson<Manifest>(join(patient.root, 'package.json'))?.packageManager?.split('@').at(-1) ?? '11';
  const version = await npmVersion(patient);
  if (version === undefined) return bad('npm', 'cannot be run', `install Node.js with npm ${wanted}`);
  const isSame = version.split('.')[0] === wanted.split('.')[0];
  return isSame ? good('npm', version) : note('npm', `${version}, the lockfile was written by ${wanted}`, `npm install --global npm@${wanted}`);
};

const examineModules = ({ root }: Patient): Finding => {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined) return bad('installed', 'package-lock.json cannot be read', 'restore it from git');
  if (present === undefined) return bad('installed', 'nothing is installed', 'npm ci');
  const differing = Object.entries(wanted).filter(
    ([path, { version, optional, link }]) => path.startsWith('node_modules/') && !optional && !link && present[path]?.version !== version,
  );
  const [first] = differing;
  return first === undefined
    ? good('installed', `${Object.keys(present).length} packages, as package-lock.json says`)
    : bad('installed', `${differing.length} packages differ from package-lock.json, for instance ${first[0].replace('node_modules/', '')}`, 'npm ci');
};

/** Counts what is on the disk as well as what npm noted: somebody may have copied a package in. */
const examineCopies = ({ root }: Patient, subject: string, pattern: RegExp, why: string): Finding => {
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json')) ?? {};
  const copies = Object.entries(present).filter(([path]) => pattern.test(path) && existsSync(join(root, path)));
  const versions = [
    ...new Set(copies.map(([path, { version }]) => readJson<Installed>(join(root, path, 'package.json'))?.version ?? version ?? '?')),
  ];
  const isOne = versions.length === 1 && (pattern !== GRAPHQL || copies.length === 1);
  if (isOne) return good(subject, versions[0] ?? '');
  const list = copies.map(([path, { version }]) => `${path.replace(/^node_modules\//, '')} ${version}`).join(', ');
  return bad(
    subject,
    copies.length === 0 ? 'none installed' : `several: ${list}`,
    copies.length === 0 ? 'npm ci' : `${why}: set one in overrides of package.json, then npm install`,
  );
};

/** Versions: node, npm, what is installed, and what there may be only one of. */
export const examineInstallation = async (patient: Patient): Promise<Finding[]> => [
  examineNode(patient),
  await examineNpm(patient),
  examineModules(patient),
  examineCopies(patient, '@apollo/*', FEDERATION, 'plans of one version are not read by another'),
  examineCopies(patient, 'graphql', GRAPHQL, 'a schema of one copy is refused by another'),
];

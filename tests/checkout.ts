import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './world.ts';

/** A copy of the checkout in a folder that only its owner may enter, with nothing that a run leaves; node_modules is shared. */
export interface Checkout {
  folder: string;
  /** Every port of its processes is moved by this. */
  portOffset: number;
  /** Runs a command of the CLI. */
  supergraph(args: readonly string[], env?: NodeJS.ProcessEnv): Run;
  /** The same on a terminal of its own, whose keys are what is written to the process (util-linux' script). */
  onTerminal(args: readonly string[]): Run;
  /** Removes it, with the state it kept outside. */
  remove(): void;
}

export interface Run {
  process: ChildProcessWithoutNullStreams;
  /** What it wrote so far, both streams. */
  output(): string;
  /** Its exit code; null when a signal ended it. */
  ended: Promise<number | null>;
  /** Waits until the output contains `text`; throws when the process ends first. */
  says(text: string): Promise<void>;
}

const SOURCES = [
  'packages',
  'subgraphs',
  'router',
  'rest',
  'webhooks',
  'payment-sandbox',
  'bffs',
  'clients',
  'contracts',
  'data',
  'tests/scenarios',
  'codegen.ts',
  'codegen-clients.ts',
  'supergraph.yaml',
  'supergraph.check.yaml',
  'supergraph.allow.yaml',
  'supergraph.budgets.yaml',
  'supergraph.graphql',
  'package.json',
  'package-lock.json',
];
const isSource = (path: string): boolean => !/[\\/](node_modules|\.turbo|\.data)$/.test(path);

const follow = (child: ChildProcessWithoutNullStreams, stateFolders: Set<string>): Run => {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      // Where PostgreSQL's user may not enter the copy, its data stand outside; the banner tells where.
      const state = /data in (\/\S+)/.exec(output)?.[1];
      if (state !== undefined) stateFolders.add(state);
    });
  }
  return {
    process: child,
    output: () => output,
    ended: new Promise((resolve) => child.once('close', resolve)),
    says: async (text) => {
      while (!output.includes(text)) {
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} before it said '${text}':\n${output}`);
        await sleep(20);
      }
    },
  };
};

export const copyCheckout = (): Checkout => {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-checkout-'));
  // The highest port stays below 32,768, where Linux begins to give ports to whoever asks for any.
  const portOffset = 10_000 + Math.floor(Math.random() * 16_000);
  const stateFolders = new Set<string>();
  for (const entry of SOURCES) cpSync(join(ROOT, entry), join(folder, entry), { recursive: true, filter: isSource });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const main = join(folder, 'packages', 'supergraph-cli', 'src', 'main.ts');
  const own = { ...process.env, PORT_OFFSET: String(portOffset), NO_COLOR: '1' };
  return {
    folder,
    portOffset,
    supergraph: (args, env = {}) => follow(spawn(process.execPath, [main, ...args], { cwd: folder, env: { ...own, ...env } }), stateFolders),
    onTerminal: (args) => {
      const command = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
      return follow(spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], { cwd: folder, env: own }), stateFolders);
    },
    remove: () => {
      for (const path of [folder, ...stateFolders]) rmSync(path, { recursive: true, force: true });
    },
  };
};

/** Two products, one customer and one order, beside the real categories. */
export const writeSmallDataset = (folder: string): void => {
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(ROOT, 'data', 'online-retail', 'categories.csv.gz'), join(folder, 'categories.csv.gz'));
  const files = {
    products: 'sku,name,unit_price_pence,category_slug\nA-1,First,100,candles\nA-2,Second,250,lamps\n',
    users: 'id,email,name,country\n1,customer-1@example.com,Customer 1,France\n',
    orders: 'id,user_id,status,placed_at\n1,1,PAID,2011-01-01T10:00:00Z\n',
    order_items: 'order_id,sku,quantity,unit_price_pence\n1,A-1,2,100\n1,A-2,1,250\n',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, `${name}.csv`), content);
};

/** The processes a process started, by id (Linux). */
export const childrenOf = (pid: number | undefined): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

export const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');

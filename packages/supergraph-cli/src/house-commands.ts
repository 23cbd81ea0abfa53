import { resolve } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import type { Command } from './command.ts';
import { findConfig } from './find-config.ts';
import { readTopology } from './topology.ts';

export const startCommand: Command = {
  usage: `Usage
  supergraph start

Starts PostgreSQL, every subgraph of supergraph.yaml, the router, REST and the backends for frontends, and prints one banner when all are
ready. Outside production a payment sandbox runs too, and the first start imports data/online-retail.
Ctrl-C stops everything. npm start does the same, and installs what is missing first.

Environment
  PORT_OFFSET=N        moves every port by N, so that two checkouts can run side by side
  *_DATABASE_URL       a PostgreSQL of your own for a subgraph, for instance ORDER_DATABASE_URL
  MESSAGE_BUS_URL      a broker of your own: postgres:// amqp:// kafka:// sqs:// redis://
  HOST                 the address to listen on (default: 127.0.0.1)
`,
  options: {},
  run: async (args, environment) => {
    const { startHouse } = await import('./house.ts');
    return startHouse({ topology: readTopology(findConfig(args, environment)), env: environment.env, write: environment.write });
  },
};

export const importCommand: Command = {
  usage: `Usage
  supergraph import FOLDER

Imports categories, products, users, orders and order_items, each NAME.csv or NAME.csv.gz of the folder, into the databases of the
subgraphs: what is there is kept. Rows that are refused are written to a file that says why; the exit code is then 1.
data/online-retail/README.md describes the columns.

Example
  supergraph import data/online-retail
`,
  options: {},
  run: async (args, environment) => {
    const [folder] = args.positionals;
    const topology = readTopology(findConfig(args, environment));
    if (folder === undefined) throw new StartupError('import needs a folder', 'for instance: npm run import -- data/online-retail');
    const { env, write, cwd } = environment;
    const { describeSummary, importDataset } = await import('./import.ts');
    const { startDatabases } = await import('./databases.ts');
    const databases = await startDatabases(topology, env);
    try {
      const summary = await importDataset({ topology, folder: resolve(cwd, folder), env: { ...env, ...databases.env }, write });
      write(describeSummary(summary));
      return Object.values(summary).some(({ rejected }) => rejected > 0) ? 1 : 0;
    } finally {
      await databases.stop();
    }
  },
};

import type { Command } from './command.ts';

/** A row of `supergraph --help`; the command itself is loaded when it is called. */
export interface CommandEntry {
  summary: string;
  load(): Promise<Command>;
}

/** Every command, in the order of the help. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  start: {
    summary: 'start everything: PostgreSQL, subgraphs, router, REST, BFFs (npm start)',
    load: async () => (await import('./house-commands.ts')).startCommand,
  },
  dev: {
    summary: 'the same, and restart what changes (npm run dev)',
    load: async () => {
      const { usage, options, runDev } = await import('./dev/dev-command.ts');
      return { usage, options, run: runDev };
    },
  },
  compose: {
    summary: 'compose supergraph.graphql and contracts/, or like `rover supergraph compose`',
    load: async () => {
      const { usage, options, runCompose } = await import('./compose/compose-command.ts');
      return { usage, options, run: runCompose };
    },
  },
  check: {
    summary: 'what a change does to clients: composition, schema diff, operations, lint, fetch budgets',
    load: async () => {
      const { usage, options, runCheck } = await import('./check/check-command.ts');
      return { usage, options, run: runCheck };
    },
  },
  explain: {
    summary: 'what an error code means; who owns a type or field, and who uses it',
    load: async () => {
      const { usage, options, runExplain } = await import('./explain/explain-command.ts');
      return { usage, options, run: runExplain };
    },
  },
  plan: {
    summary: 'how the router would fetch an operation, and what that costs',
    load: async () => {
      const { usage, options, runPlan } = await import('./plan/plan-command.ts');
      return { usage, options, run: runPlan };
    },
  },
  map: {
    summary: 'draw the subgraphs, their entities, and who references whom (docs/map.svg)',
    load: async () => {
      const { usage, options, runMap } = await import('./map/map-command.ts');
      return { usage, options, run: runMap };
    },
  },
  doctor: {
    summary: 'what of this machine or checkout stands in the way, and what to do about it',
    load: async () => {
      const { usage, options, runDoctor } = await import('./doctor/doctor-command.ts');
      return { usage, options, run: runDoctor };
    },
  },
  new: {
    summary: 'make a subgraph, a view, a use case or an event, complete and tested; or take it back',
    load: async () => {
      const { usage, options, runNew } = await import('./new/new-command.ts');
      return { usage, options, run: runNew };
    },
  },
  operations: {
    summary: 'whether every operation of the clients, released ones too, fits the schema that serves it',
    load: async () => (await import('./client-commands.ts')).operationsCommand,
  },
  manifests: {
    summary: 'write what each client may send: clients/*/next.json (npm run manifests)',
    load: async () => (await import('./client-commands.ts')).manifestsCommand,
  },
  release: {
    summary: 'keep what a client may send as the manifest of a release',
    load: async () => (await import('./client-commands.ts')).releaseCommand,
  },
  import: {
    summary: 'import products, users and orders from the CSV files of a folder',
    load: async () => (await import('./house-commands.ts')).importCommand,
  },
};

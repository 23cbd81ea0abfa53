import type { Command, CommandArguments, Environment } from './command.ts';
import { isSet } from './command.ts';
import { findConfig } from './find-config.ts';
import { readTopology, type Topology } from './topology.ts';

const topologyOf = (args: CommandArguments, environment: Environment): Topology => readTopology(findConfig(args, environment));

export const operationsCommand: Command = {
  usage: `Usage
  supergraph operations

Validates the operations of every client of clients/clients.yaml, those in its sources and those of its released manifests, against the
schema of its contract; against the whole graph for a client that operations.clients of router/router.yaml names. Exit code 1 names file,
line and column of each that does not fit. Part of npm run check.
`,
  options: {},
  run: async (args, environment) => {
    const topology = topologyOf(args, environment);
    const { describeProblems } = await import('./compose.ts');
    const { composeWithContracts } = await import('./composed-files.ts');
    const { checkOperations, describeOperationProblems } = await import('./operations.ts');
    const { GRAPH, readClients } = await import('./clients.ts');
    const { apiSdl } = await import('./check/side.ts');
    const clients = readClients(topology);
    const { supergraphSdl, sdls, problems } = composeWithContracts(topology);
    const findings = sdls === undefined ? [] : checkOperations(topology.root, clients, new Map([...sdls, [GRAPH, apiSdl(supergraphSdl)]]));
    if (problems !== undefined || findings.length > 0) {
      environment.writeError(`${problems === undefined ? describeOperationProblems(findings) : describeProblems(problems)}\n`);
      return 1;
    }
    environment.write(`✓ the operations of ${clients.map(({ name }) => name).join(', ')} fit their contracts\n`);
    return 0;
  },
};

export const manifestsCommand: Command = {
  usage: `Usage
  supergraph manifests [--check]

Writes clients/*/next.json, what each client may send by id, from what codegen made of its operations (npm run manifests does both, and
the OpenAPI documents of the BFFs).

Options
  --check   write nothing; exit code 1 when a manifest is stale
`,
  options: { check: { type: 'boolean' } },
  run: async (args, environment) => {
    const topology = topologyOf(args, environment);
    const isCheck = isSet(args, 'check');
    const { readClients } = await import('./clients.ts');
    const { updateManifests } = await import('./manifests.ts');
    const files = updateManifests(topology.root, readClients(topology), { write: !isCheck }).join(', ');
    if (isCheck && files !== '') {
      environment.writeError(`✗ stale: ${files}\n  → npm run manifests, and commit what it writes\n`);
      return 1;
    }
    environment.write(files === '' ? '✓ the manifests of all clients are fresh\n' : `✓ written: ${files}\n`);
    return 0;
  },
};

export const releaseCommand: Command = {
  usage: `Usage
  supergraph release CLIENT VERSION

Keeps what a client may send now, clients/CLIENT/next.json, as clients/CLIENT/VERSION.json, which is never changed again: from then on the
router knows its operations, and checks refuse what breaks them. Delete the file when nobody uses that version any more.

CLIENT is a name of clients/clients.yaml; VERSION is MAJOR.MINOR.PATCH.

Example
  supergraph release web-app 1.0.0
`,
  options: {},
  run: async (args, environment) => {
    const topology = topologyOf(args, environment);
    const [client, version] = args.positionals;
    const { readClients } = await import('./clients.ts');
    const { releaseManifest } = await import('./manifests.ts');
    environment.write(`✓ written: ${releaseManifest(topology.root, readClients(topology), client, version)}\n`);
    return 0;
  },
};

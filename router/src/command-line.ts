import { parseArgs } from 'node:util';
import { messageOf } from '@supergraph/service/process';
import { StartupError } from '@supergraph/service/startup-error';

export const HELP = `Serves a federated supergraph over HTTP.

  npx node router/src/main.ts [--supergraph FILE] [--port N]

  --supergraph FILE   supergraph SDL to serve and to watch   (else ROUTER_SUPERGRAPH, else supergraph.graphql of this checkout)
  --port N            port to listen on, 0 for any free one  (else ROUTER_PORT, else 4000 + PORT_OFFSET)
  --help              this text

All other settings are environment variables: see router/README.md.
`;

export interface CommandLine {
  help: boolean;
  /** Environment variables that the flags stand for; they win over the environment. */
  settings: Record<string, string>;
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: { supergraph: { type: 'string' }, port: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
    }).values;
  } catch (error) {
    throw new StartupError(`router does not understand its flags: ${messageOf(error)}`, 'run npx node router/src/main.ts --help');
  }
};

/** @throws StartupError when a flag is unknown, lacks its value or has a value that cannot be. */
export const readCommandLine = (args: readonly string[]): CommandLine => {
  const { help, port, supergraph } = parse(args);
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535))
    throw new StartupError(`router cannot use --port ${port}: expected a number from 0 to 65535`, 'give a free port, for instance --port 4000');
  if (supergraph === '') throw new StartupError('router got an empty --supergraph', 'give the path of a supergraph SDL file');
  return {
    help,
    settings: {
      ...(supergraph === undefined ? {} : { ROUTER_SUPERGRAPH: supergraph }),
      ...(port === undefined ? {} : { ROUTER_PORT: port }),
    },
  };
};

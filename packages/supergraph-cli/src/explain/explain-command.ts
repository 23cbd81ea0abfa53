import { dirname } from 'node:path';
import { StartupError } from '@supergraph/service/startup-error';
import { type CommandArguments, type Environment, textOption } from '../command.ts';
import { composeSupergraph, describeProblems } from '../compose.ts';
import { findConfig } from '../find-config.ts';
import { nearestName } from '../nearest-name.ts';
import { readSupergraphModel } from '../supergraph-model.ts';
import { readTopology } from '../topology.ts';
import { explainCode, knownCodes } from './explain-code.ts';
import { explainCoordinate, knownCoordinates } from './explain-coordinate.ts';
import { printCode, printCoordinate } from './print-explanation.ts';

export const usage = `Usage
  supergraph explain CODE [--format text|json]
  supergraph explain TYPE|TYPE.FIELD [--format text|json]

CODE is an error code of composition (INVALID_FIELD_SHARING), of an answer (ORDER_NOT_FOUND), of a change that check judges (FIELD_REMOVED)
or of Rover (E029): what it means, why it comes up, what to do. For a type or field of the graph: who owns it, who extends it and by
which key, who reaches it, which contracts show it, which rule guards it, where it is defined, and which operations of the clients ask
for it.

Options
  --format text|json   json: one object (default: text)

Examples
  supergraph explain SATISFIABILITY_ERROR
  supergraph explain Product
  supergraph explain Order.customer
`;

export const options = { format: { type: 'string' } } as const;

const CODE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^E\d{3}$/;
const COORDINATE = /^[_A-Za-z]\w*(\.[_A-Za-z]\w*)?$/;

const unknown = (what: string, known: readonly string[], kind: string): StartupError => {
  const near = nearestName(what, known);
  return new StartupError(`there is no ${kind} '${what}'`, near === undefined ? 'see supergraph explain --help' : `did you mean ${near}?`);
};

/** Explains an error code, or a type or field of the graph. */
export const runExplain = async (args: CommandArguments, environment: Environment): Promise<number> => {
  const [what] = args.positionals;
  const format = textOption(args, 'format') ?? 'text';
  if (format !== 'text' && format !== 'json') throw new StartupError(`there is no format '${format}'`, 'expected --format text or --format json');
  if (what === undefined || args.positionals.length > 1)
    throw new StartupError('explain needs one code, type or Type.field', 'for instance: supergraph explain Order.customer');
  const file = findConfig(args, environment);
  const show = <T>(explanation: T, print: (explanation: T) => string): number => {
    environment.write(format === 'json' ? `${JSON.stringify(explanation, undefined, 2)}\n` : print(explanation));
    return 0;
  };

  const code = explainCode(dirname(file), what);
  if (code !== undefined) return show(code, printCode);
  if (CODE.test(what)) throw unknown(what, knownCodes(dirname(file)), 'code');
  if (!COORDINATE.test(what)) throw new StartupError(`'${what}' is no code, type or field`, 'write for instance Order, or Order.customer');

  const topology = readTopology(file);
  const { supergraphSdl, problems } = composeSupergraph(topology);
  if (supergraphSdl === undefined) {
    environment.writeError(`${describeProblems(problems)}\n`);
    return 1;
  }
  const explanation = explainCoordinate(topology, supergraphSdl, what);
  if (explanation === undefined) throw unknown(what, knownCoordinates(readSupergraphModel(supergraphSdl)), 'type or field');
  return show(explanation, printCoordinate);
};

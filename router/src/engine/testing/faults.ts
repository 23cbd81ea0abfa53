import { type FieldNode, Kind, parse } from 'graphql';
import type { WorldRun } from './graph-world.ts';
import { hash } from './hash.ts';
import type { SubgraphQuestion, SubgraphReply } from './in-process-subgraph.ts';

/**
 * What goes wrong in a run. It follows from the subgraph, the entity and the name, never from the question as a whole: engines may put questions
 * together, in another order, or ask them once instead of twice.
 */
export interface Faults {
  seed: number;
  /** Resolvers that throw, or answer null also where that is not allowed. */
  resolvers: boolean;
  /** Subgraphs that answer nothing but an error. */
  subgraphs: boolean;
  /** Answers that are not what was asked for: names missing, too many, of the wrong type, or named like what objects inherit. */
  answers: boolean;
  /** More or fewer entities than were asked for. */
  lengths: boolean;
}

export const NO_FAULTS: Faults = { seed: 0, resolvers: false, subgraphs: false, answers: false, lengths: false };

export const failingResolvers =
  ({ seed, resolvers }: Faults): NonNullable<WorldRun['fails']> =>
  (key, field) => {
    const number = resolvers ? hash(seed, 'resolver', key, field) % 24 : 24;
    if (number === 0) return 'throws';
    return number === 1 ? 'null' : undefined;
  };

const HOSTILE: readonly string[] = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '"text"',
  '17',
  'null',
  'true',
  '{}',
  '[]',
  '[{"__proto__":{"polluted":true}}]',
];
const LISTS = 2;
const EXTRA = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"extra":1}';

type Reply = Record<string, unknown>;

/** The only way to a name like `__proto__` in JSON is its text. */
const fromText = (text: string | undefined): unknown => JSON.parse(text ?? 'null') as unknown;

const put = (into: Reply, name: string, value: unknown): void =>
  void Object.defineProperty(into, name, { value, enumerable: true, writable: true, configurable: true });

/** A list in the place of an object is not among it: ApolloGateway takes it for an object without fields. */
const hostileFor = (value: unknown, number: number): unknown =>
  fromText(HOSTILE[number % (typeof value === 'object' && !Array.isArray(value) ? HOSTILE.length - LISTS : HOSTILE.length)]);

const spoilObject = (value: Reply, where: string, seed: number): Reply => {
  const spoilt = hash(seed, 'extra', where) % 6 === 0 ? (fromText(EXTRA) as Reply) : {};
  for (const [name, below] of Object.entries(value)) {
    const place = `${where}.${name}`;
    const number = hash(seed, 'answer', place);
    // What an object is stays known: an engine need not doubt it.
    if (name === '__typename' || number % 16 > 1) put(spoilt, name, spoil(below, place, seed));
    else if (number % 16 === 1) put(spoilt, name, hostileFor(below, number >>> 4));
  }
  return spoilt;
};

const spoil = (value: unknown, where: string, seed: number): unknown => {
  if (Array.isArray(value)) return value.map((item, index) => spoil(item, `${where}.${index}`, seed));
  return typeof value === 'object' && value !== null ? spoilObject(value as Reply, where, seed) : value;
};

const withLength = (entities: readonly unknown[], seed: number, service: string): readonly unknown[] => {
  const number = hash(seed, 'length', service) % 3;
  if (number === 0) return entities.slice(1);
  return number === 1 ? [...entities, null] : entities;
};

const rootFields = (query: string): readonly FieldNode[] =>
  parse(query, { noLocation: true }).definitions.flatMap((node) =>
    node.kind === Kind.OPERATION_DEFINITION ? node.selectionSet.selections.filter((field) => field.kind === Kind.FIELD) : [],
  );

/** What the entities of a root field were asked for by; nothing for another field. */
const representationsOf = (field: FieldNode, variables: SubgraphQuestion['variables']): readonly unknown[] | undefined => {
  if (field.name.value !== '_entities') return undefined;
  const given = field.arguments?.[0]?.value;
  return given?.kind === Kind.VARIABLE ? (variables[given.name.value] as readonly unknown[]) : undefined;
};

/** Entities by what they were asked for by, anything else by its place below the subgraph's own fields. */
const spoilField = (
  { seed, answers, lengths }: Faults,
  { service, name }: { service: string; name: string },
  value: unknown,
  representations: readonly unknown[] | undefined,
): unknown => {
  if (representations === undefined || !Array.isArray(value)) return answers ? spoil(value, `${service} ${name}`, seed) : value;
  const place = (index: number): string => `${service} ${JSON.stringify(representations[index])}`;
  const entities = answers ? value.map((entity, index) => spoil(entity, place(index), seed)) : value;
  return lengths ? withLength(entities, seed, service) : entities;
};

export const applyFaults = (faults: Faults, service: string, { query, variables }: SubgraphQuestion, reply: SubgraphReply): SubgraphReply => {
  const { seed } = faults;
  if (faults.subgraphs && hash(seed, 'subgraph', service) % 3 === 0)
    return { data: null, errors: [{ message: `${service} is down`, extensions: { code: 'PLANTED' } }] };
  const { data } = reply;
  if (data === null || data === undefined || !(faults.answers || faults.lengths)) return reply;
  const spoilt: Reply = {};
  for (const field of rootFields(query)) {
    const name = field.alias?.value ?? field.name.value;
    if (Object.hasOwn(data, name)) put(spoilt, name, spoilField(faults, { service, name }, data[name], representationsOf(field, variables)));
  }
  return { ...reply, data: spoilt };
};

import type { Random } from '../../authorization/testing/random.ts';
import type { ContextWorld, Deal, Owner, Team } from './context-world.ts';

interface Around {
  owner?: Owner;
  team?: Team;
}

type Answer = Record<string, unknown>;

/** A selection set, and what it must bring of an object. */
interface Selection<T> {
  text: string;
  of(object: T, around: Around): Answer;
}

interface Field<T> {
  text: string;
  name: string;
  of(object: T, around: Around): unknown;
}

export interface RandomOperation {
  text: string;
  expected: Answer;
}

const listOf = <T>(values: readonly (T | null)[], of: (value: T) => unknown): unknown[] => values.map((value) => (value === null ? null : of(value)));

/** With its own name, or one that the client gives it: names of other fields among them. */
const named = <T>(random: Random, field: Field<T>): Field<T> => {
  const alias = random.of(['', '', 'x', 'label', 'rate', 'id']);
  return alias === '' || alias === field.name ? field : { ...field, name: alias, text: `${alias}: ${field.text}` };
};

const together = <T>(fields: readonly Field<T>[]): Selection<T> => {
  const byName = new Map(fields.map((field) => [field.name, field]));
  const chosen = [...byName.values()];
  return {
    text: `{ ${chosen.map(({ text }) => text).join(' ')} }`,
    of: (object, around) => Object.fromEntries(chosen.map(({ name, of }) => [name, of(object, around)])),
  };
};

const someOf = <T>(random: Random, fields: readonly (() => Field<T>)[]): Selection<T> => {
  const count = 1 + random.below(3);
  return together(Array.from({ length: count }, () => named(random, random.of(fields)())));
};

const plain =
  <T, K extends keyof T & string>(name: K): (() => Field<T>) =>
  () => ({ text: name, name, of: (object) => object[name] });

const codeOf = ({ __typename, rate, model }: Owner): unknown => (__typename === 'User' ? (rate?.code ?? null) : model);
const scaleOf = ({ __typename, rate, power }: Owner): unknown => (__typename === 'User' ? (rate?.scale ?? null) : power);

const told = (name: string, taken: (around: Around) => unknown) => (): Field<Deal> => ({
  text: name,
  name,
  of: ({ id }, around) => `${name} ${id} ${JSON.stringify(taken(around))}`,
});

const dealSelection = (random: Random, depth: number): Selection<Deal> =>
  someOf<Deal>(random, [
    told('label', ({ team }) => team?.label ?? null),
    told('code', ({ owner }) => owner && codeOf(owner)),
    told('scale', ({ owner }) => owner && scaleOf(owner)),
    plain('size'),
    plain('title'),
    () => ({ text: 'info { size }', name: 'info', of: ({ info }) => info }),
    () => {
      if (depth === 0) return plain<Deal, 'id'>('id')();
      const below = dealSelection(random, depth - 1);
      return { text: `kids ${below.text}`, name: 'kids', of: ({ kids }, around) => listOf(kids, (kid) => below.of(kid, around)) };
    },
  ]);

const teamSelection = (random: Random): Selection<Team> =>
  someOf<Team>(random, [
    plain('label'),
    () => {
      const below = dealSelection(random, 1);
      return { text: `best ${below.text}`, name: 'best', of: (team, around) => team.best && below.of(team.best, { ...around, team }) };
    },
    () => {
      const below = dealSelection(random, 2);
      return { text: `deals ${below.text}`, name: 'deals', of: (team, around) => listOf(team.deals, (deal) => below.of(deal, { ...around, team })) };
    },
  ]);

const ownerSelection = (random: Random): Selection<Owner> =>
  someOf<Owner>(random, [
    plain('name'),
    () => {
      const below = teamSelection(random);
      return { text: `team ${below.text}`, name: 'team', of: (owner, around) => owner.team && below.of(owner.team, { ...around, owner }) };
    },
    () => {
      const below = teamSelection(random);
      return {
        text: `teams ${below.text}`,
        name: 'teams',
        of: (owner, around) => listOf(owner.teams, (team) => below.of(team, { ...around, owner })),
      };
    },
  ]);

const rootFields = (random: Random, { users, robots }: ContextWorld): readonly (() => Field<null>)[] => [
  () => {
    const below = ownerSelection(random);
    return { text: `users ${below.text}`, name: 'users', of: () => listOf(users, (user) => below.of(user, {})) };
  },
  () => {
    const below = ownerSelection(random);
    const rows = [robots, null, robots.slice(1)];
    return { text: `robots ${below.text}`, name: 'robots', of: () => listOf(rows, (row) => listOf(row, (robot) => below.of(robot, {}))) };
  },
  () => {
    // The same of both, so that the names in it stand for one thing.
    const below = ownerSelection(random);
    const text = `owners { ... on User ${below.text} ... on Robot ${below.text} }`;
    return { text, name: 'owners', of: () => listOf([...robots, ...users, null], (owner) => below.of(owner, {})) };
  },
];

/** An operation on the world's graph, and its answer by the world alone. */
export const randomContextOperation = (random: Random, world: ContextWorld): RandomOperation => {
  const { text, of } = someOf(random, rootFields(random, world));
  return { text, expected: of(null, {}) };
};

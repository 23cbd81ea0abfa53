import type { Random } from '../../authorization/testing/random.ts';
import { argument } from './context-graph.ts';

/** Objects that stand at many places, under others that set contexts: a deal's fields tell what they were given. */
export interface ContextWorld {
  users: readonly Owner[];
  robots: readonly Owner[];
}

export interface Owner {
  __typename: 'User' | 'Robot';
  id: string;
  name: string;
  rate: { code: string | null; scale: number } | null;
  model: string | null;
  power: number;
  team: Team | null;
  teams: readonly (Team | null)[];
}

export interface Team {
  id: string;
  label: string | null;
  best: Deal | null;
  deals: readonly (Deal | null)[];
}

export interface Deal {
  id: string;
  title: string;
  size: number;
  info: { size: number };
  kids: readonly Deal[];
}

const some = <T>(random: Random, items: readonly T[], most: number): T[] => Array.from({ length: random.below(most + 1) }, () => random.of(items));

export const createContextWorld = (random: Random): ContextWorld => {
  const deals: Deal[] = [];
  for (let index = 0; index < 6; index++)
    deals.push({
      id: `d${index}`,
      title: `title ${index}`,
      size: index,
      info: { size: index * 10 },
      kids: deals.length === 0 ? [] : some(random, deals, 2),
    });
  const teams = Array.from(
    { length: 4 },
    (_, index): Team => ({
      id: `t${index}`,
      label: random.of(['red', 'blue', null]),
      best: random.of([...deals, null]),
      deals: some(random, [...deals, null], 4),
    }),
  );
  const owner = (__typename: Owner['__typename'], index: number): Owner => ({
    __typename,
    id: `${__typename}${index}`,
    name: `name ${index}`,
    rate: random.of([null, { code: random.of(['EUR', 'GBP', null]), scale: random.below(3) }]),
    model: random.of(['R2', 'C3', null]),
    power: random.below(3),
    team: random.of([...teams, null]),
    teams: some(random, [...teams, null], 3),
  });
  return {
    users: Array.from({ length: 5 }, (_, index) => owner('User', index)),
    robots: Array.from({ length: 4 }, (_, index) => owner('Robot', index)),
  };
};

const CODE = '$owner ... on User { rate { code } } ... on Robot { model }';
const SCALE = '$owner ... on User { rate { scale } } ... on Robot { power }';

export const contextSubgraphs = (world: ContextWorld) => {
  const owners = [...world.users, ...world.robots];
  const teams = new Map(
    owners.flatMap(({ team, teams: more }) => [team, ...more].flatMap((found) => (found === null ? [] : [[found.id, found] as const]))),
  );
  const deals = new Map<string, Deal>();
  const add = (deal: Deal | null): void => {
    if (deal === null) return;
    deals.set(deal.id, deal);
    for (const kid of deal.kids) add(kid);
  };
  for (const { best, deals: more } of teams.values()) for (const deal of [best, ...more]) add(deal);
  const byId = <T>(found: ReadonlyMap<string, T>) => ({ __resolveReference: ({ id }: { id: string }) => found.get(id) });
  const people = new Map(owners.map((owner) => [owner.id, owner]));
  const telling =
    (name: string) =>
    ({ id }: Deal, { from }: { from?: unknown }) =>
      `${name} ${id} ${JSON.stringify(from)}`;
  return {
    people: [
      `type Query { users: [User] robots: [[Robot]] owners: [Owner] } union Owner = User | Robot type Rate @shareable { code: String scale: Int }
       type User @key(fields: "id") { id: ID! name: String rate: Rate team: Team teams: [Team] }
       type Robot @key(fields: "id") { id: ID! name: String model: String power: Int team: Team teams: [Team] } type Team @key(fields: "id") { id: ID! label: String }`,
      {
        Query: {
          users: () => world.users,
          robots: () => [world.robots, null, world.robots.slice(1)],
          owners: () => [...world.robots, ...world.users, null],
        },
        User: byId(people),
        Robot: byId(people),
        Team: byId(teams),
      },
    ],
    deals: [
      `type Team @key(fields: "id") @context(name: "team") { id: ID! label: String @external best: Deal deals: [Deal] } type Rate @shareable { code: String scale: Int }
       type User @key(fields: "id") @context(name: "owner") { id: ID! rate: Rate @external } type Robot @key(fields: "id") @context(name: "owner") { id: ID! model: String @external power: Int @external }
       type Info { size: Int } type Deal @key(fields: "id") { id: ID! size: Int info: Info kids: [Deal] label(${argument('$team { label }')}): String
         code(${argument(CODE)} upper: Boolean): String scale(${argument(SCALE, 'Int')}): String }`,
      {
        Team: byId(teams),
        User: byId(people),
        Robot: byId(people),
        Deal: { ...byId(deals), label: telling('label'), code: telling('code'), scale: telling('scale') },
      },
    ],
    titles: ['type Deal @key(fields: "id") { id: ID! title: String }', { Deal: byId(deals) }],
  } as const;
};

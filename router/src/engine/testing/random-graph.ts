import { createRandom, type Random } from '../../authorization/testing/random.ts';
import { addEntityField, addField, enter, type FieldRule, type GraphBuilding, type GraphEntity, KEYS } from './random-fields.ts';
import { createDraft, declare, printDraft, type SubgraphDraft } from './subgraph-drafts.ts';

export interface RandomGraph {
  subgraphs: readonly { name: string; sdl: string; url: string }[];
  /** By field name: each name stands for one field, or for the same one in several types. */
  rules: ReadonlyMap<string, FieldRule>;
}

const SHARED = `scalar JSON
enum Kind { ONE TWO HIDDEN @inaccessible }
input In { n: Int = 5 kinds: [Kind!] in: In }`;

const createEntity = (random: Random, index: number, drafts: number): GraphEntity => {
  const extra = KEYS.filter((key) => key !== 'id' && random.chance(0.35));
  const keys = random.chance(0.75) || extra.length === 0 ? ['id', ...extra] : extra;
  return { name: `E${index}`, keys, owner: random.below(drafts), hasLabel: keys[0] === 'id' && random.chance(0.6) };
};

const times = (count: number, act: () => void): void => {
  for (let done = 0; done < count; done++) act();
};

const addEntities = (building: GraphBuilding): void => {
  const { random, drafts, entities } = building;
  for (const entity of entities) {
    enter(building, drafts[entity.owner] as SubgraphDraft, entity);
    for (const draft of drafts) if (random.chance(0.6)) enter(building, draft, entity);
  }
  for (const entity of entities)
    for (const draft of drafts) if (draft.types.has(entity.name)) times(1 + random.below(3), () => addEntityField(building, entity, draft));
};

const addRootFields = (building: GraphBuilding): void => {
  const { random, drafts } = building;
  for (const draft of drafts) times(2 + random.below(2), () => addField(building, 'Query', [draft], 'q', ['']));
  if (random.chance(0.5)) addField(building, 'Query', drafts.slice(0, 2), 'q', ['@shareable', '@shareable']);
  for (const draft of drafts) {
    if (random.chance(0.5)) continue;
    declare(draft, 'Mutation').fields.set(`count${draft.name}`, ': Int!');
    if (random.chance(0.7)) addField(building, 'Mutation', [draft], 'm', ['']);
  }
};

/** A subgraph that gives fields to an interface without knowing its types. */
const addInterfaceObject = ({ random, drafts, entities, rules }: GraphBuilding): void => {
  const members = entities.filter(({ keys, owner }) => keys.includes('id') && owner === 0).map(({ name }) => name);
  const [home] = drafts;
  if (home === undefined || members.length === 0 || random.chance(0.4)) return;
  const draft = createDraft('io');
  const type = declare(home, 'Item', 'interface');
  type.directives.add('@key(fields: "id")');
  type.fields.set('id', ': ID!');
  for (const member of members) declare(home, member).interfaces.add('Item');
  declare(home, 'Query').fields.set('items', ': [Item]');
  const object = declare(draft, 'Item');
  object.directives.add('@key(fields: "id")').add('@interfaceObject');
  for (const [name, rest] of Object.entries({ id: ': ID!', itemText: '(n: Int = 3): String', itemNext: ': Item', itemValue: ': ItemValue' }))
    object.fields.set(name, rest);
  declare(draft, 'ItemValue').fields.set('itemAmount', ': Int');
  declare(draft, 'Query').fields.set('ioItems', ': [Item!]');
  for (const name of ['items', 'itemNext', 'ioItems']) rules.set(name, { choices: members });
  rules.set('itemValue', { choices: ['ItemValue'] });
  drafts.push(draft);
};

/** Random subgraphs that mostly compose: what they have in common is what federation is about. */
export const createRandomGraph = (seed: number): RandomGraph => {
  const random = createRandom(seed);
  const drafts = Array.from({ length: 2 + random.below(3) }, (_, index) => createDraft(`s${index}`));
  const entities = Array.from({ length: 2 + random.below(3) }, (_, index) => createEntity(random, index, drafts.length));
  const building: GraphBuilding = { random, drafts, entities, rules: new Map(), waiting: [], fieldCount: 0 };
  addEntities(building);
  addRootFields(building);
  addInterfaceObject(building);
  for (const finish of building.waiting) finish();
  const subgraphs = drafts.map((draft) => ({ name: draft.name, sdl: printDraft(draft, SHARED), url: `http://${draft.name}.test/` }));
  return { subgraphs, rules: building.rules };
};

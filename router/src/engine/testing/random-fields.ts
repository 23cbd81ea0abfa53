import type { Random } from '../../authorization/testing/random.ts';
import { declare, type SubgraphDraft } from './subgraph-drafts.ts';

/** What the values of a field are chosen by, whichever subgraph is asked. */
export interface FieldRule {
  /** The concrete types of its objects; none for a leaf. */
  choices: readonly string[];
  /** The selection that its value is worked out from. */
  requires?: string;
}

export interface GraphEntity {
  name: string;
  keys: readonly string[];
  /** The subgraph that knows all its keys. */
  owner: number;
  hasLabel: boolean;
}

/** A random graph while it is put together. */
export interface GraphBuilding {
  random: Random;
  drafts: SubgraphDraft[];
  entities: readonly GraphEntity[];
  rules: Map<string, FieldRule>;
  /** What can be told only once every type is there. */
  waiting: (() => void)[];
  fieldCount: number;
}

export const KEYS = ['id', 'sku', 'code region { name }', 'id sku'] as const;
const KEY_FIELDS: Readonly<Record<string, readonly string[]>> = {
  id: ['id'],
  sku: ['sku'],
  'code region { name }': ['code', 'region'],
  'id sku': ['id', 'sku'],
};
const KEY_TYPES: Readonly<Record<string, string>> = { id: ': ID!', sku: ': String!', code: ': String!', region: ': Region!' };
const LEAVES = ['Int', 'Float', 'String', 'Boolean', 'ID', 'Kind', 'JSON'];
const ARGUMENTS = ['', '', '', '(n: Int = 3)', '(kind: Kind, text: String = "x")', '(input: In)', '(n: Int! = 2)'];

const addKey = (draft: SubgraphDraft, entity: GraphEntity, key: string): void => {
  const type = declare(draft, entity.name);
  type.directives.add(`@key(fields: "${key}")`);
  for (const field of KEY_FIELDS[key] ?? []) type.fields.set(field, KEY_TYPES[field] ?? '');
  if (key.includes('region')) declare(draft, 'Region').fields.set('name', ': String! @shareable');
};

const addLabel = (draft: SubgraphDraft, entity: GraphEntity): void => {
  const type = declare(draft, entity.name);
  type.interfaces.add('Labelled');
  type.fields.set('label', ': String @shareable');
  const labelled = declare(draft, 'Labelled', 'interface');
  labelled.fields.set('id', ': ID!');
  labelled.fields.set('label', ': String');
};

/** Makes sure that a subgraph knows an entity: by all its keys where it is at home, by one or more elsewhere. */
export const enter = ({ random, drafts }: GraphBuilding, draft: SubgraphDraft, entity: GraphEntity): void => {
  if (draft.types.has(entity.name)) return;
  const isHome = draft === drafts[entity.owner];
  for (const [index, key] of entity.keys.entries()) if (isHome || index === 0 || random.chance(0.4)) addKey(draft, entity, key);
  if (entity.hasLabel) addLabel(draft, entity);
};

const wrap = (random: Random, name: string): string => {
  const mark = (): string => (random.chance(0.25) ? '!' : '');
  const list = random.below(10);
  if (list < 5) return `${name}${mark()}`;
  return list < 9 ? `[${name}${mark()}]${mark()}` : `[[${name}${mark()}]${mark()}]`;
};

const VALUE_FIELDS = { amount: ': Int', text: '(n: Int = 1): String!', again: ': [Value]', kinds: ': [Kind]' };

const addValueType = (draft: SubgraphDraft): string => {
  const value = declare(draft, 'Value');
  value.directives.add('@shareable');
  for (const [name, type] of Object.entries(VALUE_FIELDS)) value.fields.set(name, type);
  return 'Value';
};

interface FieldType {
  type: string;
  choices: () => readonly string[];
}

const addUnion = (building: GraphBuilding, draft: SubgraphDraft): FieldType => {
  const { random, entities } = building;
  const members = draft.unions.get('Any') ?? new Set<string>();
  for (const entity of entities) {
    if (members.size > 0 && random.chance(0.5)) continue;
    enter(building, draft, entity);
    members.add(entity.name);
  }
  if (random.chance(0.4)) members.add(addValueType(draft));
  draft.unions.set('Any', members);
  return { type: 'Any', choices: () => [...members] };
};

const labelledIn = ({ entities }: GraphBuilding, draft: SubgraphDraft): string[] =>
  entities.filter(({ name }) => draft.types.get(name)?.interfaces.has('Labelled')).map(({ name }) => name);

/** A type of objects for a field of these subgraphs. */
const compositeType = (building: GraphBuilding, owners: readonly SubgraphDraft[]): FieldType => {
  const { random, entities } = building;
  const [draft, second] = owners;
  const kind = random.below(10);
  if (kind < 2) {
    for (const owner of owners) addValueType(owner);
    return { type: 'Value', choices: () => ['Value'] };
  }
  if (draft !== undefined && second === undefined) {
    if (kind < 4 && labelledIn(building, draft).length > 0) return { type: 'Labelled', choices: () => labelledIn(building, draft) };
    if (kind < 6) return addUnion(building, draft);
  }
  const entity = random.of(entities);
  for (const owner of owners) enter(building, owner, entity);
  return { type: entity.name, choices: () => [entity.name] };
};

const newName = (building: GraphBuilding, prefix: string): string => {
  building.fieldCount += 1;
  return `${prefix}${building.fieldCount}`;
};

/** Adds one field to a type in each of these subgraphs, with a directive for each. */
export const addField = (
  building: GraphBuilding,
  typeName: string,
  owners: readonly SubgraphDraft[],
  prefix: string,
  directives: readonly string[],
): void => {
  const { random, rules, waiting } = building;
  const name = newName(building, prefix);
  const isComposite = random.chance(prefix === 'f' ? 0.4 : 0.85);
  const { type, choices } = isComposite ? compositeType(building, owners) : { type: random.of(LEAVES), choices: () => [] };
  const rest = `${random.of(ARGUMENTS)}: ${wrap(random, type)}`;
  for (const [index, owner] of owners.entries()) declare(owner, typeName).fields.set(name, `${rest} ${directives[index] ?? ''}`);
  waiting.push(() => rules.set(name, { choices: choices() }));
};

const otherWith = ({ drafts }: GraphBuilding, draft: SubgraphDraft, entity: GraphEntity): SubgraphDraft | undefined =>
  drafts.find((other) => other !== draft && other.types.has(entity.name));

/** A field worked out from one that only another subgraph has. */
const addRequiring = (building: GraphBuilding, entity: GraphEntity, draft: SubgraphDraft, other: SubgraphDraft): void => {
  const { random, rules } = building;
  const needed = newName(building, 'f');
  const given = random.of(['', '(n: Int = 3)']);
  const isObject = random.chance(0.3);
  if (isObject) for (const owner of [draft, other]) addValueType(owner);
  const type = random.of(isObject ? ['Value', '[Value!]'] : ['Int', 'String!', '[Int]']);
  declare(other, entity.name).fields.set(needed, `${given}: ${type}`);
  declare(draft, entity.name).fields.set(needed, `${given}: ${type} @external`);
  const argument = given === '' || random.chance(0.5) ? '' : `(n: ${random.below(5)})`;
  const requires = `${needed}${argument}${isObject ? ' { amount text(n: 4) }' : ''}`;
  const name = newName(building, 'f');
  declare(draft, entity.name).fields.set(name, `: String @requires(fields: "${requires}")`);
  rules.set(needed, { choices: isObject ? ['Value'] : [] });
  rules.set(name, { choices: [], requires });
};

const addProviding = (building: GraphBuilding, entity: GraphEntity, draft: SubgraphDraft): void => {
  const { random, entities, rules } = building;
  const target = random.of(entities);
  const other = otherWith(building, draft, target);
  if (other === undefined) return;
  enter(building, draft, target);
  const provided = newName(building, 'f');
  declare(other, target.name).fields.set(provided, ': String @shareable');
  declare(draft, target.name).fields.set(provided, ': String @external');
  const name = newName(building, 'f');
  declare(draft, entity.name).fields.set(name, `: ${random.of([target.name, `[${target.name}!]`])} @provides(fields: "${provided}")`);
  rules.set(provided, { choices: [] });
  rules.set(name, { choices: [target.name] });
};

export const addEntityField = (building: GraphBuilding, entity: GraphEntity, draft: SubgraphDraft): void => {
  const { random } = building;
  const other = otherWith(building, draft, entity);
  const kind = random.below(10);
  if (kind === 1) addProviding(building, entity, draft);
  else if (other === undefined || kind > 3) addField(building, entity.name, [draft], 'f', [random.chance(0.06) ? '@inaccessible' : '']);
  else if (kind === 0) addRequiring(building, entity, draft, other);
  else addField(building, entity.name, [draft, other], 'f', kind === 2 ? ['@shareable', '@shareable'] : [`@override(from: "${other.name}")`, '']);
};

import {
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  parse,
  validate,
} from 'graphql';
import type { Random } from '../../authorization/testing/random.ts';

export interface ClientOperation {
  document: DocumentNode;
  text: string;
  /** Values for its variables, different each time. */
  variables(random: Random): Record<string, unknown>;
}

const ALIASES = ['a', 'b', 'c', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'id', 'f1'];
const TYPES: Readonly<Record<string, string>> = { yes: 'Boolean!', no: 'Boolean = false', n: 'Int', m: 'Int! = 4', kind: 'Kind', text: 'String' };
const MAX_FIELDS = 24;
const LEFT_OUT = Symbol('the variable is not sent');

const valueFor = (name: string, random: Random): unknown => {
  switch (name) {
    case 'yes':
      return random.chance(0.5);
    case 'no':
      return random.of([true, false, LEFT_OUT]);
    case 'n':
      return random.of([1, 2, null, LEFT_OUT]);
    case 'm':
      return random.of([4, 7, LEFT_OUT]);
    case 'kind':
      return random.of(['ONE', 'TWO', null, LEFT_OUT]);
    default:
      return random.of(['', 'word', null, LEFT_OUT]);
  }
};

interface Writing {
  random: Random;
  schema: GraphQLSchema;
  used: Set<string>;
  fragments: string[];
  left: number;
}

const argumentText = (writing: Writing, name: string, type: GraphQLNamedType, isRequired: boolean): string => {
  const { random, used } = writing;
  const variable = name === 'n' ? (isRequired ? 'm' : 'n') : name;
  if (!isInputObjectType(type) && variable in TYPES && random.chance(0.4)) {
    used.add(variable);
    return `${name}: $${variable}`;
  }
  if (isInputObjectType(type)) {
    if (random.chance(0.4)) {
      used.add('n');
      return `${name}: { n: $n kinds: [ONE] }`;
    }
    return `${name}: { in: { n: ${random.below(3)} } }`;
  }
  const literals: Readonly<Record<string, string>> = { Int: String(random.below(4)), Kind: random.of(['ONE', 'TWO']), String: '"t"' };
  return `${name}: ${literals[type.name] ?? 'null'}`;
};

const conditionText = ({ random, used }: Writing, probability: number): string => {
  if (!random.chance(probability)) return '';
  const directive = random.of(['skip', 'include']);
  if (random.chance(0.2)) return ` @${directive}(if: ${random.chance(0.5)})`;
  const variable = random.of(['yes', 'no']);
  used.add(variable);
  return ` @${directive}(if: $${variable})`;
};

const fieldText = (writing: Writing, parent: GraphQLNamedType, depth: number): string => {
  const { random } = writing;
  if (!(isObjectType(parent) || isInterfaceType(parent)) || random.chance(0.15))
    return `${random.chance(0.3) ? `${random.of(ALIASES)}: ` : ''}__typename`;
  const fields = Object.values(parent.getFields()).filter(({ type }) => depth > 0 || !isCompositeType(getNamedType(type)));
  if (fields.length === 0) return '__typename';
  const field = random.of(fields);
  writing.left -= 1;
  const named = getNamedType(field.type);
  const given = field.args.filter((argument) => isRequiredArgument(argument) || random.chance(0.6));
  const args = given.map(({ name, type }) => argumentText(writing, name, getNamedType(type), String(type).endsWith('!')));
  const alias = random.chance(0.2) ? `${random.of(ALIASES)}: ` : '';
  const below = isCompositeType(named) ? ` ${setText(writing, named, depth - 1)}` : '';
  return `${alias}${field.name}${args.length === 0 ? '' : `(${args.join(' ')})`}${conditionText(writing, 0.08)}${below}`;
};

const narrower = ({ schema, random }: Writing, parent: GraphQLNamedType): GraphQLNamedType => {
  if (isAbstractType(parent)) {
    const possible = schema.getPossibleTypes(parent);
    const wide = possible.flatMap((type) => type.getInterfaces());
    return random.of([...possible, ...wide, parent]);
  }
  return isObjectType(parent) ? random.of([parent, ...parent.getInterfaces()]) : parent;
};

const selectionText = (writing: Writing, parent: GraphQLNamedType, depth: number): string => {
  const { random, fragments } = writing;
  const asFragment = random.chance(isAbstractType(parent) ? 0.55 : 0.12);
  if (!asFragment || writing.left <= 0) return fieldText(writing, parent, depth);
  const type = narrower(writing, parent);
  const condition = conditionText(writing, 0.15);
  if (random.chance(0.6)) return `... on ${type.name}${condition} ${setText(writing, type, depth)}`;
  const name = `F${fragments.length}`;
  const index = fragments.push('') - 1;
  fragments[index] = `fragment ${name} on ${type.name} ${setText(writing, type, depth)}`;
  return `...${name}${condition}`;
};

const setText = (writing: Writing, parent: GraphQLNamedType, depth: number): string => {
  const count = 1 + writing.random.below(writing.left > 0 ? 4 : 1);
  const selections = Array.from({ length: count }, () => selectionText(writing, parent, depth));
  return `{ ${selections.join(' ')} }`;
};

const write = (schema: GraphQLSchema, random: Random): { text: string; used: Set<string> } | undefined => {
  const kind = random.chance(0.12) && schema.getMutationType() ? 'mutation' : 'query';
  const root = kind === 'mutation' ? schema.getMutationType() : schema.getQueryType();
  if (!root) return undefined;
  const writing: Writing = { random, schema, used: new Set(), fragments: [], left: MAX_FIELDS };
  const set = setText(writing, root, 4);
  const names = [...writing.used];
  const variables = names.length === 0 ? '' : ` (${names.map((name) => `$${name}: ${TYPES[name]}`).join(', ')})`;
  return { text: [`${kind}${variables} ${set}`, ...writing.fragments].join('\n'), used: writing.used };
};

const TRIES = 40;

/** A random operation that is valid; none when luck does not find one. */
export const createClientOperation = (schema: GraphQLSchema, random: Random): ClientOperation | undefined => {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const written = write(schema, random);
    if (written === undefined) continue;
    const document = parse(written.text, { noLocation: true });
    if (validate(schema, document, undefined, { maxErrors: 1 }).length > 0) continue;
    const variables = (choice: Random): Record<string, unknown> =>
      Object.fromEntries([...written.used].map((name) => [name, valueFor(name, choice)] as const).filter(([, value]) => value !== LEFT_OUT));
    return { document, text: written.text, variables };
  }
  return undefined;
};

import {
  type ASTNode,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getLocation,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  Kind,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** Where an operation uses an element of the schema. Lines and columns count from 1. */
export interface Use {
  node: ASTNode;
  /** The operation's, or that of a fragment it needs. */
  file: string;
  line: number;
  column: number;
}

/** What an operation uses of a schema, by coordinate. */
export interface OperationUsage {
  /** `Type.field` of the type it is selected on. */
  fields: ReadonlyMap<string, readonly Use[]>;
  /** As `fields`, of every object that an abstract type may turn out to be. */
  concreteFields: ReadonlyMap<string, readonly Use[]>;
  /** `Type.field(argument:)` given with a value, or with a variable that always has one. */
  arguments: ReadonlyMap<string, readonly Use[]>;
  /** `Input.field` and `Enum.VALUE` that stand in the document. */
  literals: ReadonlyMap<string, readonly Use[]>;
  /** Input objects that stand in the document. */
  inputObjects: ReadonlyMap<string, readonly Use[]>;
  /** Input types, also nested ones, whose values come in a variable. */
  variableTypes: ReadonlyMap<string, readonly Use[]>;
  /** Types of selected fields. */
  outputTypes: ReadonlyMap<string, readonly Use[]>;
  /** `Parent/Condition` of every fragment; the condition alone as well. */
  conditions: ReadonlyMap<string, readonly Use[]>;
  /** Types on which `__typename` is asked. */
  typenames: ReadonlyMap<string, readonly Use[]>;
  /** `@directive` */
  directives: ReadonlyMap<string, readonly Use[]>;
}

type Uses = Map<string, Use[]>;

const add = (uses: Uses, coordinate: string, node: ASTNode): void => {
  const { line, column } = node.loc === undefined ? { line: 1, column: 1 } : getLocation(node.loc.source, node.loc.start);
  uses.set(coordinate, [...(uses.get(coordinate) ?? []), { node, file: node.loc?.source.name ?? '', line, column }]);
};

/** All input types that a value of a type may contain. */
const reachable = (type: GraphQLInputType, found = new Set<string>()): ReadonlySet<string> => {
  const named = getNamedType(type);
  if (found.has(named.name)) return found;
  found.add(named.name);
  if (isInputObjectType(named)) for (const field of Object.values(named.getFields())) reachable(field.type, found);
  return found;
};

/** Variables that may be left out of a request, so that the argument's own default counts. */
const omissibleVariables = (document: DocumentNode): ReadonlySet<string> => {
  const names = new Set<string>();
  visit(document, {
    VariableDefinition: ({ variable, type, defaultValue }) => {
      if (type.kind !== Kind.NON_NULL_TYPE && defaultValue === undefined) names.add(variable.name.value);
    },
  });
  return names;
};

const createUses = () => {
  const uses = (): Uses => new Map();
  return {
    fields: uses(),
    concreteFields: uses(),
    arguments: uses(),
    literals: uses(),
    inputObjects: uses(),
    variableTypes: uses(),
    outputTypes: uses(),
    conditions: uses(),
    typenames: uses(),
    directives: uses(),
  };
};

/** Collects what an operation uses. @param document valid in `schema`, its fragments included. */
export const usageOf = (schema: GraphQLSchema, document: DocumentNode): OperationUsage => {
  const found = createUses();
  const info = new TypeInfo(schema);
  const omissible = omissibleVariables(document);
  const addCondition = (condition: string | undefined, node: ASTNode): void => {
    const parent = info.getParentType()?.name;
    if (condition === undefined) return;
    add(found.conditions, condition, node);
    if (parent !== undefined) add(found.conditions, `${parent}/${condition}`, node);
  };
  const fragmentTypes = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node.typeCondition.name.value]] : [])),
  );
  visit(
    document,
    visitWithTypeInfo(info, {
      Field: (node) => {
        const parent = info.getParentType();
        const type = info.getType();
        if (parent === undefined || parent === null) return;
        if (node.name.value === '__typename') add(found.typenames, parent.name, node);
        add(found.fields, `${parent.name}.${node.name.value}`, node);
        const concrete = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent];
        for (const { name } of concrete) add(found.concreteFields, `${name}.${node.name.value}`, node);
        if (type) add(found.outputTypes, getNamedType(type).name, node);
      },
      Argument: (node) => {
        const parent = info.getParentType();
        const field = info.getFieldDef();
        if (parent === undefined || parent === null || field === undefined || field === null || info.getDirective()) return;
        if (node.value.kind === Kind.VARIABLE && omissible.has(node.value.name.value)) return;
        const concrete = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [];
        for (const { name } of [parent, ...concrete]) add(found.arguments, `${name}.${field.name}(${node.name.value}:)`, node);
      },
      ObjectValue: (node) => {
        const type = info.getInputType();
        if (type) add(found.inputObjects, getNamedType(type).name, node);
      },
      ObjectField: {
        enter: (node) => {
          const parent = info.getParentInputType();
          if (parent) add(found.literals, `${getNamedType(parent).name}.${node.name.value}`, node);
        },
      },
      EnumValue: (node) => {
        const type = info.getInputType();
        if (type) add(found.literals, `${getNamedType(type).name}.${node.value}`, node);
      },
      VariableDefinition: (node) => {
        const type = typeFromAST(schema, node.type);
        if (type !== undefined) for (const name of reachable(type as GraphQLInputType)) add(found.variableTypes, name, node);
      },
      FragmentSpread: (node) => addCondition(fragmentTypes.get(node.name.value), node),
      FragmentDefinition: (node) => add(found.conditions, node.typeCondition.name.value, node),
      Directive: (node) => add(found.directives, `@${node.name.value}`, node),
      SelectionSet: (node) => {
        for (const selection of node.selections)
          if (selection.kind === Kind.INLINE_FRAGMENT) addCondition(selection.typeCondition?.name.value, selection);
      },
    }),
  );
  return found;
};

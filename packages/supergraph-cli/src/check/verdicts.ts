/** How a change of the schema that clients see is judged by rule, before anybody looks at operations. */
export type Verdict = 'breaking' | 'dangerous' | 'safe';

interface Rule {
  verdict: Verdict;
  /** Who says so: a section of the GraphQL specification (September 2025), or a rule of graphql-js or GraphQL Inspector. */
  source: string;
}

const SPEC = 'https://spec.graphql.org/September2025/#';
const GRAPHQL_JS = 'graphql-js findBreakingChanges';
const DANGEROUS = 'graphql-js findDangerousChanges';
const INSPECTOR = 'GraphQL Inspector';

const breaking = (source: string): Rule => ({ verdict: 'breaking', source });
const dangerous = (source: string): Rule => ({ verdict: 'dangerous', source });
const safe = (source: string): Rule => ({ verdict: 'safe', source });

/**
 * The table of verdicts, by the change's rule. Where a rule can go either way, what decides stands in the rule's name (see schema-changes.ts).
 */
export const VERDICTS: Readonly<Record<string, Rule>> = {
  TYPE_REMOVED: breaking(`${SPEC}sec-Fragment-Spread-Type-Existence`),
  TYPE_ADDED: safe(`${INSPECTOR}: TYPE_ADDED`),
  TYPE_KIND_CHANGED: breaking(`${GRAPHQL_JS}: TYPE_CHANGED_KIND`),
  FIELD_REMOVED: breaking(`${SPEC}sec-Field-Selections`),
  FIELD_ADDED: safe(`${SPEC}sec-Field-Selections`),
  FIELD_TYPE_CHANGED: breaking(`${SPEC}sec-Value-Completion`),
  FIELD_TYPE_NARROWED: safe(`${SPEC}IsValidImplementationFieldType()`),
  FIELD_DEPRECATION_ADDED: safe(`${SPEC}sec--deprecated`),
  FIELD_DEPRECATION_REMOVED: safe(`${SPEC}sec--deprecated`),
  FIELD_DEPRECATION_REASON_CHANGED: safe(`${SPEC}sec--deprecated`),
  ARGUMENT_REMOVED: breaking(`${SPEC}sec-Argument-Names`),
  REQUIRED_ARGUMENT_ADDED: breaking(`${SPEC}sec-Required-Arguments`),
  OPTIONAL_ARGUMENT_ADDED: safe(`${SPEC}sec-Required-Arguments`),
  ARGUMENT_TYPE_CHANGED: breaking(`${SPEC}sec-Values-of-Correct-Type`),
  ARGUMENT_TYPE_WIDENED: safe(`${SPEC}sec-All-Variable-Usages-Are-Allowed`),
  ARGUMENT_DEFAULT_CHANGED: dangerous(`${DANGEROUS}: ARG_DEFAULT_VALUE_CHANGE`),
  ARGUMENT_DEFAULT_REMOVED_REQUIRED: breaking(`${SPEC}sec-Required-Arguments`),
  INPUT_FIELD_REMOVED: breaking(`${SPEC}sec-Input-Object-Field-Names`),
  REQUIRED_INPUT_FIELD_ADDED: breaking(`${SPEC}sec-Input-Object-Required-Fields`),
  OPTIONAL_INPUT_FIELD_ADDED: safe(`${SPEC}sec-Input-Object-Required-Fields`),
  INPUT_FIELD_TYPE_CHANGED: breaking(`${SPEC}sec-Values-of-Correct-Type`),
  INPUT_FIELD_TYPE_WIDENED: safe(`${SPEC}sec-Values-of-Correct-Type`),
  INPUT_FIELD_DEFAULT_CHANGED: dangerous(`${INSPECTOR}: INPUT_FIELD_DEFAULT_VALUE_CHANGED`),
  INPUT_FIELD_DEFAULT_REMOVED_REQUIRED: breaking(`${SPEC}sec-Input-Object-Required-Fields`),
  ENUM_VALUE_REMOVED: breaking(`${GRAPHQL_JS}: VALUE_REMOVED_FROM_ENUM`),
  ENUM_VALUE_ADDED: dangerous(`${DANGEROUS}: VALUE_ADDED_TO_ENUM`),
  INPUT_ENUM_VALUE_ADDED: safe(`${SPEC}sec-Enums.Input-Coercion`),
  ENUM_VALUE_DEPRECATION_CHANGED: safe(`${SPEC}sec--deprecated`),
  UNION_MEMBER_REMOVED: breaking(`${SPEC}sec-Fragment-Spread-Is-Possible`),
  UNION_MEMBER_ADDED: dangerous(`${DANGEROUS}: TYPE_ADDED_TO_UNION`),
  INTERFACE_REMOVED: breaking(`${GRAPHQL_JS}: IMPLEMENTED_INTERFACE_REMOVED`),
  INTERFACE_ADDED: dangerous(`${DANGEROUS}: IMPLEMENTED_INTERFACE_ADDED`),
  ROOT_TYPE_REMOVED: breaking(`${SPEC}sec-Root-Operation-Types`),
  ROOT_TYPE_ADDED: safe(`${SPEC}sec-Root-Operation-Types`),
  DIRECTIVE_REMOVED: breaking(`${SPEC}sec-Directives-Are-Defined`),
  DIRECTIVE_ADDED: safe(`${SPEC}sec-Directives-Are-Defined`),
  DIRECTIVE_CHANGED: breaking(`${GRAPHQL_JS}: DIRECTIVE_LOCATION_REMOVED, REQUIRED_DIRECTIVE_ARG_ADDED`),
  CONTRACT_REMOVED: breaking('docs/check.md, "Contracts"'),
  CONTRACT_ADDED: safe('docs/check.md, "Contracts"'),
};

export const ruleOf = (name: string): Rule => VERDICTS[name] ?? breaking(`${INSPECTOR}: ${name}`);

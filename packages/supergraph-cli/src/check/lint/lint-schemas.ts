import { type DocumentNode, parse, Source } from 'graphql';
import type { SchemaText } from '../definition-places.ts';
import { type Finding, idOf } from '../finding.ts';
import { DESIGN_RULES } from './design-rules.ts';
import { EVENT_RULES } from './event-rules.ts';
import { fieldsOf, isEntity, type LintRule, typesOf } from './lint-subject.ts';
import { NAMING_RULES } from './naming-rules.ts';

/** Every rule by name. */
export const LINT_RULES: Readonly<Record<string, LintRule>> = { ...NAMING_RULES, ...DESIGN_RULES, ...EVENT_RULES };

const parsed = (texts: readonly SchemaText[]): { subgraph: string; file: string; document: DocumentNode }[] =>
  texts.flatMap(({ subgraph, file, text }) => {
    try {
      return [{ subgraph, file, document: parse(new Source(text, file)) }];
    } catch {
      return []; // Composition tells what is wrong with it.
    }
  });

/** By entity, the subgraph that defines most of its fields; the first in supergraph.yaml of several. */
const ownersOf = (documents: readonly { subgraph: string; document: DocumentNode }[]): Map<string, string> => {
  const most = new Map<string, { subgraph: string; fields: number }>();
  for (const { subgraph, document } of documents) {
    const subject = { subgraph, document, ownerOf: new Map<string, string>() };
    const fields = fieldsOf(subject);
    for (const { name } of typesOf(subject).filter(isEntity)) {
      const own = fields.filter(({ type }) => type.name.value === name.value).length;
      if (own > (most.get(name.value)?.fields ?? 0)) most.set(name.value, { subgraph, fields: own });
    }
  }
  return new Map([...most].map(([type, { subgraph }]) => [type, subgraph]));
};

/** Every violation of the rules of docs/lint.md. @param weights how much a rule weighs here, by name. */
export const lintSchemas = (texts: readonly SchemaText[], weights: Readonly<Record<string, 'error' | 'warning' | 'off'>> = {}): Finding[] => {
  const documents = parsed(texts);
  const ownerOf = ownersOf(documents);
  return documents.flatMap(({ subgraph, file, document }) =>
    Object.entries(LINT_RULES).flatMap(([rule, { severity, advice, find }]): Finding[] => {
      const weight = weights[rule] ?? severity;
      if (weight === 'off') return [];
      return find({ subgraph, document, ownerOf }).map(({ coordinate, message, node }) => {
        const { line = 1, column = 1 } = node.loc?.startToken ?? {};
        return { section: 'lint', severity: weight, rule, coordinate, message, advice, place: { file, line, column }, source: 'docs/lint.md' };
      });
    }),
  );
};

const keyOf = (finding: Finding): string => `${finding.place?.file} ${idOf(finding)}`;

/** What only the head has: old problems do not stand in anybody's way. */
export const newProblems = (head: readonly Finding[], base: readonly Finding[]): Finding[] => {
  const old = new Set(base.map(keyOf));
  return head.filter((finding) => !old.has(keyOf(finding)));
};

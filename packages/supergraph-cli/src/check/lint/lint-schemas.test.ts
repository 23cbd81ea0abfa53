import { readFileSync } from 'node:fs';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { idOf } from '../finding.ts';
import { LINT_RULES, lintSchemas } from './lint-schemas.ts';

const GUIDE = readFileSync(new URL('../../../../../docs/lint.md', import.meta.url), 'utf8');

/** The sections of docs/lint.md by rule: the first code block is wrong, the second right. */
const examples = new Map(
  GUIDE.split(/^### /m)
    .slice(1)
    .map((section) => {
      const [name = ''] = section.split('\n');
      return [name.trim(), [...section.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, code]) => code ?? '')];
    }),
);

const OWNER = {
  subgraph: 'order',
  file: 'order.graphql',
  text: 'type Order @key(fields: "id") { id: ID! number: Int! status: String note: String total: Int }',
};

test('docs/lint.md documents exactly the rules there are', () => {
  expect([...examples.keys()].sort()).toEqual(Object.keys(LINT_RULES).sort());
});

test.each(Object.keys(LINT_RULES))('%s finds the wrong example of docs/lint.md and not the right one', (rule) => {
  const [wrong = '', right = ''] = examples.get(rule) ?? [];
  expect(parse(wrong).definitions.length * parse(right).definitions.length).toBeGreaterThan(0);
  const found = (text: string): string[] =>
    lintSchemas([OWNER, { subgraph: 'shipping', file: 'shipping.graphql', text }])
      .filter((finding) => finding.rule === rule && finding.place?.file === 'shipping.graphql')
      .map(idOf);
  expect(found(wrong).length).toBeGreaterThan(0);
  expect(found(right)).toEqual([]);
});

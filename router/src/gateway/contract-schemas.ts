import type { ContractFilter } from '@supergraph/contracts/contract-settings';
import { filterSupergraph } from '@supergraph/contracts/filter-supergraph';
import { StartupError } from '@supergraph/service/startup-error';
import type { GraphQLSchema } from 'graphql';

/** What each contract hides, by its name. */
export type ContractFilters = Readonly<Record<string, Readonly<{ include: readonly string[]; exclude: readonly string[]; introspection?: boolean }>>>;

/** A contract's schema as its clients see it. */
export interface ContractSchema {
  schema: GraphQLSchema;
  sdl: string;
}

const MAX_PROBLEMS = 5;

/** The schemas of all contracts, or of none. @throws StartupError naming the contract and the coordinates that its filter breaks. */
export const readContractSchemas = (supergraphSdl: string, filters: ContractFilters): ReadonlyMap<string, ContractSchema> => {
  const schemas = new Map<string, ContractSchema>();
  const broken: string[] = [];
  for (const [name, { include, exclude }] of Object.entries(filters)) {
    const filter: ContractFilter = { include: [...include], exclude: [...exclude] };
    const outcome = filterSupergraph(supergraphSdl, filter);
    if (outcome.problems === undefined) schemas.set(name, outcome);
    else
      for (const { coordinate, code, message } of outcome.problems.slice(0, MAX_PROBLEMS))
        broken.push(`contract ${name}: ${coordinate === '' ? '' : `${coordinate}: `}${message} (${code})`);
  }
  if (broken.length === 0) return schemas;
  throw new StartupError(
    `no valid schema is left of ${broken.join('; ')}`,
    'change the @tag of the element in its subgraph, or contracts.<name>.include and .exclude of router.yaml',
  );
};

import { createHash } from 'node:crypto';
import type { Identity } from '@supergraph/identity/identity';
import {
  type DocumentNode,
  type GraphQLError,
  GraphQLError as GraphQLFailure,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import { type Analysis, analyseOperation, type FieldOccurrence, type Occurrence } from './analyse-operation.ts';
import { type Cut, cutOperation } from './cut-operation.ts';
import { isReached, type Variables, withDefaults } from './inclusion.ts';
import type { Policies } from './policies.ts';
import type { AuthorizationRules } from './read-authorization-rules.ts';
import { isSatisfied } from './requirement.ts';
import { unauthorizedError } from './unauthorized-error.ts';

const ALLOWED_KEY = 'allowed';
const MAX_OUTCOMES = 256;
const MAX_ERRORS = 100;

/** A field that was cut, for logs: where it is in the schema, and in the client's document. */
export interface DeniedField {
  coordinate: string;
  /** Response names from the root down; list positions are left out. */
  path: readonly string[];
}

interface Allowed {
  kind: 'allowed';
  document: DocumentNode;
  key: string;
  /** Nothing in it demands anything, of whomever. */
  isOpen: boolean;
}

interface Partly {
  kind: 'cut';
  /** What to plan and execute; undefined when nothing is left, then `applyDenials` takes `{}` as the data. */
  document: DocumentNode | undefined;
  key: string;
  denied: readonly DeniedField[];
  /** For `applyDenials`. */
  cut: Cut;
}

interface Refused {
  kind: 'refused';
  key: string;
  denied: readonly DeniedField[];
  errors: readonly GraphQLError[];
}

/** `key` tells authorisation outcomes of one document apart: the same cuts share it, different cuts never do. */
export type Authorized = Allowed | Partly | Refused;

export interface AuthorizeOperation {
  rules: AuthorizationRules;
  schema: GraphQLSchema;
  /** Parsed and validated; the same object for the same text, or nothing is gained from the cache. */
  document: DocumentNode;
  operationName: string | undefined;
  variables: Variables | undefined;
  identity: Identity;
  policies: Policies;
}

interface Entry {
  analysis: Analysis;
  allowed: Allowed;
  outcomes: Map<string, Allowed | Partly>;
}

/** By rules, because a document may outlive the supergraph it was first authorised with. */
const entries = new WeakMap<AuthorizationRules, WeakMap<DocumentNode, Map<string | undefined, Entry>>>();

const createEntry = ({ rules, schema, document, operationName }: AuthorizeOperation): Entry => {
  const operation = getOperationAST(document, operationName);
  if (operation === null || operation === undefined)
    throw new GraphQLFailure('The document has no such operation.', { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } });
  const analysis = analyseOperation(rules, schema, document, operation);
  return {
    analysis,
    allowed: { kind: 'allowed', document, key: ALLOWED_KEY, isOpen: analysis.requirements.length === 0 },
    outcomes: new Map(),
  };
};

const entryOf = (request: AuthorizeOperation): Entry => {
  let documents = entries.get(request.rules);
  if (documents === undefined) {
    documents = new WeakMap();
    entries.set(request.rules, documents);
  }
  const operations = documents.get(request.document);
  const known = operations?.get(request.operationName);
  if (known !== undefined) return known;
  const entry = createEntry(request);
  if (operations === undefined) documents.set(request.document, new Map([[request.operationName, entry]]));
  else operations.set(request.operationName, entry);
  return entry;
};

const fieldsAbove = (field: FieldOccurrence): FieldOccurrence[] => {
  const fields: FieldOccurrence[] = [];
  for (let current: Occurrence | undefined = field; current !== undefined; current = current.parent)
    if (current.kind === 'field') fields.unshift(current);
  return fields;
};

const toDeniedField = (field: FieldOccurrence): DeniedField => ({
  coordinate: field.coordinate,
  path: fieldsAbove(field).map(({ responseName }) => responseName),
});

/** As far as the path is certain before anything was fetched: up to the first list. */
const errorBeforeExecution = (field: FieldOccurrence): GraphQLError => {
  const fields = fieldsAbove(field);
  const list = fields.findIndex((above, depth) => above.isList && depth < fields.length - 1);
  return unauthorizedError((list === -1 ? fields : fields.slice(0, list + 1)).map(({ responseName }) => responseName));
};

const keyOf = (denied: ReadonlySet<FieldOccurrence>): string =>
  createHash('sha256')
    .update([...denied].map(({ index }) => index).join())
    .digest('base64url')
    .slice(0, 22);

const cutFor = (entry: Entry, failing: ReadonlySet<number>): Allowed | Partly => {
  const outcome = [...failing].join();
  const known = entry.outcomes.get(outcome);
  if (known !== undefined) return known;
  const cut = cutOperation(entry.analysis, failing);
  const decided: Partly = { kind: 'cut', document: cut.document, key: keyOf(cut.denied), denied: [...cut.denied].map(toDeniedField), cut };
  // Outcomes with the same cuts share one document, so that plans cached by document are shared too.
  const shared = [...entry.outcomes.values()].find(({ key }) => key === decided.key) ?? decided;
  if (entry.outcomes.size >= MAX_OUTCOMES) entry.outcomes.clear();
  entry.outcomes.set(outcome, shared);
  return shared;
};

const decide = (entry: Entry, { identity, variables }: AuthorizeOperation, allows: (policy: string) => boolean): Authorized => {
  const { analysis } = entry;
  const unmet = new Set(analysis.conditions.filter((condition) => !isSatisfied(condition, identity, allows)));
  if (unmet.size === 0) return entry.allowed;
  const failing = new Set<number>();
  for (const [index, requirement] of analysis.requirements.entries()) if (requirement.some((condition) => unmet.has(condition))) failing.add(index);
  const authorized = cutFor(entry, failing);
  if (authorized.kind === 'allowed' || analysis.operation.operation !== OperationTypeNode.MUTATION) return authorized;
  const sent = withDefaults(analysis.operation, variables);
  const reached = [...authorized.cut.denied].filter((field) => isReached(field, sent));
  if (reached.length === 0) return authorized;
  const errors = reached.slice(0, MAX_ERRORS).map(errorBeforeExecution);
  return { kind: 'refused', key: authorized.key, denied: reached.map(toDeniedField), errors };
};

/**
 * Decides what of an operation an identity may have, before anything is planned: all of it, what is left when every
 * unauthorised field is cut, or, for a mutation that asks for anything unauthorised, nothing at all. A field needs its
 * own requirement and that of its type; one selected on an interface or a union needs those of every object type the
 * selection can reach. Waits only when a policy has to decide.
 */
export const authorizeOperation = (request: AuthorizeOperation): Authorized | Promise<Authorized> => {
  const entry = entryOf(request);
  const { requirements, policies } = entry.analysis;
  if (requirements.length === 0) return entry.allowed;
  if (policies.length === 0) return decide(entry, request, () => false);
  return request.policies.decideAll(policies, request.identity).then((allowed) => decide(entry, request, (policy) => allowed.has(policy)));
};

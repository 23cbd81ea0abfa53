import {
  type ASTVisitor,
  type DirectiveNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type ValidationContext,
  type ValidationRule,
  visit,
} from 'graphql';
import { isDefer } from './defer-directive.ts';

const argumentOf = (directive: DirectiveNode, argument: string) => directive.arguments?.find(({ name }) => name.value === argument)?.value;

/** A client knows the parts by their labels. */
const labelsAreUnique: ValidationRule = (context) => {
  const known = new Map<string, DirectiveNode>();
  return {
    Directive: (directive) => {
      const label = isDefer(directive) ? argumentOf(directive, 'label') : undefined;
      if (label === undefined) return;
      if (label.kind !== Kind.STRING) {
        context.reportError(new GraphQLError('The label of @defer must be a string in the document, not a variable.', { nodes: directive }));
        return;
      }
      const other = known.get(label.value);
      if (other === undefined) known.set(label.value, directive);
      else
        context.reportError(new GraphQLError(`The label "${label.value}" of @defer must be unique in the document.`, { nodes: [other, directive] }));
    },
  };
};

/** Root fields of a mutation run in order, and a subscription has but one. */
const rootsAreNotDeferred: ValidationRule = (context) => {
  const schema = context.getSchema();
  return {
    Directive: (directive) => {
      const parent = isDefer(directive) ? context.getParentType() : undefined;
      if (parent && (parent === schema.getMutationType() || parent === schema.getSubscriptionType()))
        context.reportError(new GraphQLError(`@defer cannot be used on fields of ${parent.name}, a root of operations.`, { nodes: directive }));
    },
  };
};

const isOff = (directive: DirectiveNode): boolean => {
  const condition = argumentOf(directive, 'if');
  return condition !== undefined && !(condition.kind === Kind.BOOLEAN && condition.value);
};

const checkSubscription = (context: ValidationContext, operation: OperationDefinitionNode): void => {
  for (const node of [operation, ...context.getRecursivelyReferencedFragments(operation)])
    visit(node, {
      Directive: (directive) => {
        if (isDefer(directive) && !isOff(directive))
          context.reportError(
            new GraphQLError('@defer is not served in subscriptions: disable it there by its argument "if".', { nodes: directive }),
          );
      },
    });
};

const subscriptionsDoNotDefer: ValidationRule = (context): ASTVisitor => ({
  OperationDefinition: (operation) => {
    if (operation.operation === 'subscription') checkSubscription(context, operation);
    return undefined;
  },
});

/**
 * What the draft of incremental delivery demands of documents with `@defer` beside the specified rules: static and unique labels, none at
 * root fields of mutations and subscriptions, none in subscriptions unless `if` may switch it off.
 * https://github.com/graphql/graphql-spec/pull/1223
 */
export const DEFER_RULES: readonly ValidationRule[] = [labelsAreUnique, rootsAreNotDeferred, subscriptionsDoNotDefer];

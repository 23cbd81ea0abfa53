import { z } from 'zod';
import { type Api, addRoute } from '../http/route.ts';
import { text } from '../http/schemas.ts';
import { isVisibleTo, operationNotFound } from '../operations/operation.ts';
import type { OperationStore } from '../operations/operation-store.postgres.ts';
import { operationHeaders, operationResource, toOperationResource } from '../resources/operation.ts';

export const addOperationRoutes = (api: Api, { operations }: { operations: Pick<OperationStore, 'find'> }): void => {
  addRoute(api, {
    method: 'GET',
    url: '/operations/:id',
    id: 'getOperation',
    tag: 'operations',
    summary: 'Tells what became of an action that was accepted with 202',
    description: 'Of your own actions; staff see all. Kept for 7 days.',
    signIn: 'see an operation',
    params: z.strictObject({ id: text.meta({ description: 'As `Location` of the 202 has it.' }) }),
    answers: { 200: { description: 'The operation as it is now.', schema: operationResource, headers: ['retry-after'] } },
    problems: [404],
    handler: async ({ params: { id }, caller }) => {
      const operation = await operations.find(id);
      if (operation === undefined || !isVisibleTo(operation, caller)) throw operationNotFound(id);
      return { body: toOperationResource(operation), headers: operationHeaders(operation) };
    },
  });
};

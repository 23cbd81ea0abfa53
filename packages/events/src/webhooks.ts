import { z } from 'zod';
import type { Contract } from './contract.ts';

export const webhookEndpointDisabled = {
  type: 'webhook.endpoint-disabled.v1',
  kind: 'event',
  source: 'webhooks',
  description: 'An endpoint gets no more deliveries: it answered 410, or nothing but failures for five days. Subject: the id of the endpoint.',
  data: z.object({ endpointId: z.string(), ownerId: z.string(), reason: z.string() }),
} as const satisfies Contract;

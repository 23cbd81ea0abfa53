import type { MethodDefinition } from '@grpc/proto-loader';
import type { Identity } from '@supergraph/identity/identity';
import { createLogger } from '@supergraph/service/logging';
import { createGrpcClient, type GrpcClientOptions } from '../grpc-client.ts';
import { createGrpcServer, type GrpcServerOptions, type Handlers } from '../grpc-server.ts';

interface Lamp {
  sku?: string;
  watts?: number;
  colour?: string;
  tags?: string[];
  spare?: Lamp | null;
}
interface LampOutput {
  sku: string;
  watts: number;
  colour?: string;
  tags: string[];
  spare: LampOutput | null;
}
type Method = MethodDefinition<Lamp, Lamp, LampOutput, LampOutput>;
export interface LampsDefinition {
  GetLamp: Method;
  AddLamp: Method;
}

export const KEY = 'k'.repeat(32);
export const PROTO = new URL('lamps.proto', import.meta.url);
export const SERVICE = 'supergraph.testing.v1.Lamps';
export const ADA: Identity = { caller: { role: 'customer', userId: 'ada' }, scopes: ['buy'], claims: {} };

/** A server whose handlers may be left out; on a free port when none is given. */
export const serveLamps = async (
  handlers: Partial<Handlers<LampsDefinition>>,
  { port = 0, ...more }: Partial<GrpcServerOptions<LampsDefinition>> & { port?: number } = {},
) => {
  const server = await createGrpcServer<LampsDefinition>({
    name: 'lamps',
    protoFile: PROTO,
    service: SERVICE,
    handlers: { GetLamp: async (lamp) => lamp, AddLamp: async (lamp) => lamp, ...handlers },
    internalKey: KEY,
    logger: createLogger('lamps', 'silent'),
    readiness: async () => undefined,
    ...more,
  });
  return { server, port: await server.listen('127.0.0.1', port) };
};

export const lampsClient = (port: number, more: Partial<GrpcClientOptions> = {}) =>
  createGrpcClient<LampsDefinition>({ address: `127.0.0.1:${port}`, protoFile: PROTO, service: SERVICE, audience: 'lamps', key: KEY, ...more });

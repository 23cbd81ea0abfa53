import { type CallOptions, createGrpcClient, type GrpcClient } from '@supergraph/grpc/grpc-client';
import type { MethodName, RequestInput, ResponseOutput } from '@supergraph/grpc/load-service';
import type { CatalogueDefinition } from './generated/proto/supergraph/category/v1/Catalogue.ts';
import type { OrdersDefinition } from './generated/proto/supergraph/order/v1/Orders.ts';
import type { UsersDefinition } from './generated/proto/supergraph/user/v1/Users.ts';

/** Calls a method for the caller of the request, by its deadline. */
type CallMethod<Definition> = <Name extends MethodName<Definition>>(
  method: Name,
  request: RequestInput<Definition, Name>,
) => Promise<ResponseOutput<Definition, Name>>;

/** The subgraphs as one request uses them. */
export interface Subgraphs {
  category: CallMethod<CatalogueDefinition>;
  user: CallMethod<UsersDefinition>;
  order: CallMethod<OrdersDefinition>;
}

export interface SubgraphClients {
  forRequest(options: CallOptions): Subgraphs;
  close(): void;
}

export const ROOMS = ['category', 'user', 'order'] as const;
export type Room = (typeof ROOMS)[number];

const SERVICES: Readonly<Record<Room, { proto: string; service: string }>> = {
  category: { proto: '@supergraph/category/category.proto', service: 'supergraph.category.v1.Catalogue' },
  user: { proto: '@supergraph/user/user.proto', service: 'supergraph.user.v1.Users' },
  order: { proto: '@supergraph/order/order.proto', service: 'supergraph.order.v1.Orders' },
};

export interface SubgraphClientsOptions {
  /** `host:port` of each room's gRPC. */
  addresses: Readonly<Record<Room, string>>;
  /** The secrets of the rooms. */
  keys: Readonly<Record<Room, string>>;
  /** Told of each call. */
  onCall?: (room: Room, method: string) => void;
}

/** One connection to each subgraph. */
export const createSubgraphClients = ({ addresses, keys, onCall }: SubgraphClientsOptions): SubgraphClients => {
  const connect = <Definition>(room: Room): GrpcClient<Definition> => {
    const { proto, service } = SERVICES[room];
    return createGrpcClient<Definition>({
      address: addresses[room],
      protoFile: new URL(import.meta.resolve(proto)),
      service,
      audience: room,
      key: keys[room],
      onCall: (method) => onCall?.(room, method),
    });
  };
  const clients = {
    category: connect<CatalogueDefinition>('category'),
    user: connect<UsersDefinition>('user'),
    order: connect<OrdersDefinition>('order'),
  };
  return {
    forRequest: (options) => ({
      category: (method, request) => clients.category.call(method, request, options),
      user: (method, request) => clients.user.call(method, request, options),
      order: (method, request) => clients.order.call(method, request, options),
    }),
    close: () => {
      for (const client of Object.values(clients)) client.close();
    },
  };
};

import type { SubgraphApp } from '@supergraph/service/subgraph-server';
import type { GrpcServer } from './grpc-server.ts';

/** A subgraph with both of its doors. */
export interface GrpcSubgraphApp extends SubgraphApp {
  /** The gRPC port in use, from `listen` on. */
  grpcPort(): number;
}

/** Opens and closes a room's gRPC server with its HTTP server, on the same host. gRPC ends first: it still needs what the app holds. */
export const withGrpc = (app: SubgraphApp, grpc: GrpcServer, port: number): GrpcSubgraphApp => {
  let used = 0;
  return {
    http: app.http,
    grpcPort: () => used,
    listen: async (host, httpPort) => {
      used = await grpc.listen(host, port);
      return app.listen(host, httpPort);
    },
    close: async () => {
      await grpc.close();
      await app.close();
    },
  };
};

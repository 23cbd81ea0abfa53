import type { Logger } from '@supergraph/service/logging';
import type { FastifyInstance } from 'fastify';
import { createStreamLog } from '../access-log.ts';
import type { OriginCheck } from '../cors.ts';
import type { Admission } from '../door/admission.ts';
import type { ContractServers } from '../door/contract-servers.ts';
import type { GuardsInForce } from '../door/guards-in-force.ts';
import { createGatewayErrorFormatter } from '../gateway-errors.ts';
import type { LoadGauge } from '../load-shedding.ts';
import { createHttpStreams, type HttpStreams } from './http-streams.ts';
import { createOpenStreams } from './open-streams.ts';
import { createSharedStreams } from './shared-streams.ts';
import { createStreamRunner, type StartListener } from './stream-runner.ts';
import { addWebSocketDoor } from './websocket-door.ts';

export interface StreamDoorsOptions {
  http: FastifyInstance;
  /** Of GraphQL. */
  paths: readonly string[];
  servers: Pick<ContractServers, 'find'>;
  admission: Admission;
  guards: (contract?: string) => GuardsInForce;
  gauge: LoadGauge;
  isAllowed: OriginCheck;
  logger: Logger;
  onStarted?: StartListener;
}

/**
 * Every way in which answers keep coming: WebSocket, server-sent events, multipart HTTP. All of them end when the HTTP server begins to close.
 * @returns what answers the requests that are let in.
 */
export const createStreamDoors = (options: StreamDoorsOptions): HttpStreams => {
  const { http, paths, servers, admission, guards, gauge, isAllowed, logger, onStarted } = options;
  const open = createOpenStreams(() => guards().settings.subscriptions.max);
  const format = createGatewayErrorFormatter(logger);
  const runner = createStreamRunner({ open, guards, format, log: createStreamLog(logger), onStarted });
  const shared = createSharedStreams({ http, servers, admission, guards, runner, release: (reply) => gauge.release(reply.raw) });
  const maxMessageBytes = guards().settings.limits.bodyBytes;
  const webSockets = addWebSocketDoor({ http, servers, admission, runner, gauge, isAllowed, maxMessageBytes, logger });
  http.addHook('preClose', async () => {
    const gone = webSockets.close();
    open.endAll();
    await gone;
  });
  for (const path of paths) shared.mount(path);
  return createHttpStreams({ runner, shared, gauge, isAllowed });
};

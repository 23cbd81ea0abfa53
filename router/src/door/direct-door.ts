import type { IncomingMessage, RequestListener } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Logger } from '@supergraph/service/logging';
import { withTraceparent } from '@supergraph/service/trace-context';
import type { FastifyInstance } from 'fastify';
import { type AccessLog, accessFactsOf } from '../access-log.ts';
import { corsHeadersOf, type OriginCheck } from '../cors.ts';
import type { OperationResult } from '../gateway/operation-result.ts';
import { dataText } from '../gateway/share-operations.ts';
import type { LoadGauge } from '../load-shedding.ts';
import type { RequestContext } from '../request-context.ts';
import type { UsageRecorder } from '../usage/usage-recorder.ts';
import type { Admission, Admittance, Admitted, AnswerHeaders } from './admission.ts';
import type { ContractServer, ContractServers } from './contract-servers.ts';
import type { Exchange } from './exchange.ts';
import { NodeExchange } from './node-exchange.ts';
import { addPlainConnections } from './plain-connections.ts';
import { plainOperation, plainParameters, plainRequest } from './plain-request.ts';
import type { Refusal } from './refusal.ts';
import type { Parameters } from './request-facts.ts';

/** What was found out about a request before it was handed to the framework. */
export interface Handover {
  /** In `performance.now()` milliseconds. */
  began: number;
  server: ContractServer;
  /** How it was let in or refused, if it came that far. */
  admission?: Admittance;
}

export interface DirectDoorOptions {
  http: FastifyInstance;
  servers: Pick<ContractServers, 'find'>;
  admission: Pick<Admission, 'admit'>;
  gauge: LoadGauge;
  isAllowed: OriginCheck;
  log: AccessLog;
  usage: Pick<UsageRecorder, 'answered'>;
  handovers: WeakMap<IncomingMessage, Handover>;
  /** The largest body that is taken. */
  bodyLimit: number;
  logger: Logger;
}

/** A request that is answered here unless it turns out to be nothing for this door. */
interface Direct {
  exchange: Exchange;
  handover: Handover;
  client: AbortController;
  context: RequestContext | undefined;
  isSent: boolean;
  isHandedOver: boolean;
}

/** A text that was put together is copied when it is measured, so its parts are. */
const bodyOf = ({ data, extensions }: OperationResult): { text: string; bytes: number } => {
  const told = dataText(data);
  const rest = extensions === undefined ? '}\n' : `,"extensions":${JSON.stringify(extensions)}}\n`;
  return { text: `{"data":${told}${rest}`, bytes: '{"data":'.length + Buffer.byteLength(told) + Buffer.byteLength(rest) };
};

/**
 * Answers operations that Apollo Server parsed and validated before, as Apollo Server would: with all guards, and without the framework's
 * part, which is more than theirs, nor that of Node's HTTP server where a connection brings nothing but plain requests. Whatever is not
 * plain, is refused or does not end in data alone is handed to the framework with how far it came: statuses and the form of errors are told
 * in one place only.
 */
export const addDirectDoor = (options: DirectDoorOptions): void => {
  const { http, servers, admission, gauge, isAllowed, log, usage, handovers, bodyLimit, logger } = options;
  const [framework] = http.server.listeners('request') as RequestListener[];
  if (framework === undefined) throw new Error('the framework does not listen to requests');

  const handOver = (direct: Direct): void => {
    const { exchange, handover } = direct;
    // Its client is gone: nothing would tell the framework.
    if (exchange.isClosed) return;
    direct.isHandedOver = true;
    const [request, answer] = exchange.toMessages();
    handovers.set(request, handover);
    framework(request, answer);
  };

  const onClosed = ({ exchange, handover, client, context, isHandedOver }: Direct, isAnswered: boolean): void => {
    if (!isAnswered) client.abort(new Error('the client went away'));
    gauge.leave();
    if (isHandedOver) return;
    const requestId = handover.admission?.headers['x-request-id'];
    const facts = context && accessFactsOf(context);
    log({ facts, requestId, method: 'POST', route: exchange.plain.route, status: isAnswered ? 200 : undefined, began: handover.began });
  };

  const send = (direct: Direct, result: OperationResult): void => {
    const { exchange, handover } = direct;
    const own = { 'cache-control': 'no-store', 'content-type': exchange.plain.answerType };
    const headers = { ...handover.admission?.headers, ...corsHeadersOf(exchange.headers.origin, isAllowed), ...own };
    exchange.send({ ...bodyOf(result), headers, isLast: gauge.isClosing() });
    direct.isSent = true;
  };

  const admit = async ({ exchange, handover, client }: Direct, parameters: Parameters): Promise<Admitted | Refusal> => {
    const headers: AnswerHeaders = {};
    const facts = { headers: exchange.headers, remoteAddress: exchange.remoteAddress, contract: exchange.plain.contract, parameters };
    const admitted = await admission.admit(facts, handover.server, headers, () => client.signal);
    handover.admission = { admitted, headers };
    return admitted;
  };

  /** @returns undefined when there is more to tell than data, or nothing is known of the operation. */
  const resultOf = async (server: ContractServer, { context, parameters }: Admitted): Promise<OperationResult | undefined> => {
    const operation = plainOperation(parameters);
    const outcome = await (operation && server.operations.run(operation, context));
    if (outcome !== undefined && 'result' in outcome && outcome.result.errors === undefined) return outcome.result;
    if (outcome !== undefined) context.outcome = outcome;
    return undefined;
  };

  const serve = async (direct: Direct, body: string): Promise<void> => {
    const parameters = plainParameters(body);
    const admitted = parameters && (await admit(direct, parameters));
    if (admitted === undefined || 'status' in admitted) return handOver(direct);
    direct.context = admitted.context;
    const result = await resultOf(direct.handover.server, admitted);
    if (result === undefined) return handOver(direct);
    if (direct.exchange.isClosed) return;
    send(direct, result);
    usage.answered(admitted.context, admitted.parameters);
  };

  const onFailed = (direct: Direct, error: unknown): void => {
    if (direct.isHandedOver || direct.isSent) {
      logger.error({ err: error }, 'an operation failed once it was answered');
      direct.exchange.destroy();
      return;
    }
    // Failures are told by the framework. What may have run does not run again.
    if (direct.context !== undefined) direct.context.outcome ??= { error };
    handOver(direct);
  };

  const begin = (exchange: Exchange, server: ContractServer): void => {
    const handover: Handover = { began: performance.now(), server };
    const direct: Direct = { exchange, handover, client: new AbortController(), context: undefined, isSent: false, isHandedOver: false };
    exchange.onClosed = (isAnswered) => onClosed(direct, isAnswered);
    exchange.readBody((body) => void serve(direct, body).catch((error: unknown) => onFailed(direct, error)));
  };

  const onRequest = (exchange: Exchange): void => {
    const server = servers.find(exchange.plain.contract);
    if (server === undefined || gauge.isFull() || !gauge.enter()) {
      framework(...exchange.toMessages());
      return;
    }
    const { traceparent } = exchange.headers;
    if (typeof traceparent === 'string') withTraceparent(traceparent, () => begin(exchange, server));
    else begin(exchange, server);
  };

  addPlainConnections(http, { bodyLimit, gauge, onRequest });
  http.server.removeListener('request', framework);
  http.server.on('request', (request, answer) => {
    const plain = plainRequest(request, bodyLimit);
    if (plain === undefined) framework(request, answer);
    else onRequest(new NodeExchange(request, answer, plain));
  });
};

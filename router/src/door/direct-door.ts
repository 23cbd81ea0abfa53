import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Logger } from '@supergraph/service/logging';
import { checkRequest } from '@supergraph/service/request-checks';
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
import { type PlainRequest, plainOperation, plainParameters, plainRequest } from './plain-request.ts';
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
  request: IncomingMessage;
  answer: ServerResponse;
  plain: PlainRequest;
  handover: Handover;
  client: AbortController;
  context: RequestContext | undefined;
  isHandedOver: boolean;
}

/** Waits for the whole body, and leaves it there for whoever reads it next. */
const peekBody = (request: IncomingMessage, bytes: number, onBody: (body: string) => void): void => {
  if (request.readableLength < bytes) {
    request.once('readable', () => peekBody(request, bytes, onBody));
    return;
  }
  const body = request.read(bytes) as Buffer;
  request.unshift(body);
  onBody(body.toString());
};

/** A text that was put together is copied when it is measured, so its parts are. */
const bodyOf = ({ data, extensions }: OperationResult): { text: string; bytes: number } => {
  const told = dataText(data);
  const rest = extensions === undefined ? '}\n' : `,"extensions":${JSON.stringify(extensions)}}\n`;
  return { text: `{"data":${told}${rest}`, bytes: '{"data":'.length + Buffer.byteLength(told) + Buffer.byteLength(rest) };
};

const isGood = (request: IncomingMessage): boolean => {
  try {
    checkRequest(request);
    return true;
  } catch {
    return false;
  }
};

/**
 * Answers operations that Apollo Server parsed and validated before on the bare HTTP server, as Apollo Server would: with all guards, and
 * without the framework's part, which is more than theirs. Whatever is not plain, is refused or does not end in data alone is handed to the
 * framework with how far it came: statuses and the form of errors are told in one place only.
 */
export const addDirectDoor = (options: DirectDoorOptions): void => {
  const { http, servers, admission, gauge, isAllowed, log, usage, handovers, bodyLimit, logger } = options;
  const [framework] = http.server.listeners('request') as RequestListener[];
  if (framework === undefined) throw new Error('the framework does not listen to requests');

  const handOver = (direct: Direct): void => {
    const { request, answer, handover } = direct;
    // Its client is gone: nothing would tell the framework.
    if (answer.closed) return;
    direct.isHandedOver = true;
    handovers.set(request, handover);
    framework(request, answer);
  };

  const onClosed = ({ request, answer, plain, handover, client, context, isHandedOver }: Direct): void => {
    if (!answer.writableFinished) client.abort(new Error('the client went away'));
    gauge.leave();
    if (isHandedOver) return;
    const requestId = handover.admission?.headers['x-request-id'];
    const facts = context && accessFactsOf(context);
    log({ facts, requestId, method: request.method, route: plain.route, answer, began: handover.began });
  };

  const send = ({ request, answer, plain, handover }: Direct, result: OperationResult): void => {
    const { text, bytes } = bodyOf(result);
    const headers = { ...handover.admission?.headers, ...corsHeadersOf(request.headers.origin, isAllowed) };
    const own = { 'cache-control': 'no-store', 'content-type': plain.answerType, 'content-length': bytes };
    // Only ASCII has as many bytes as characters, and is written faster as Latin-1.
    answer
      .writeHead(200, { ...headers, ...own, ...(gauge.isClosing() && { connection: 'close' }) })
      .end(text, bytes === text.length ? 'latin1' : 'utf8');
    // It was looked at, and not taken.
    request.resume();
  };

  const admit = async ({ request, plain, handover, client }: Direct, parameters: Parameters): Promise<Admitted | Refusal> => {
    const headers: AnswerHeaders = {};
    const facts = { headers: request.headers, remoteAddress: request.socket.remoteAddress, contract: plain.contract, parameters };
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
    if (direct.answer.closed) return;
    send(direct, result);
    usage.answered(admitted.context, admitted.parameters);
  };

  const onFailed = (direct: Direct, error: unknown): void => {
    if (direct.isHandedOver || direct.answer.headersSent) {
      logger.error({ err: error }, 'an operation failed once it was answered');
      direct.answer.destroy();
      return;
    }
    // Failures are told by the framework. What may have run does not run again.
    if (direct.context !== undefined) direct.context.outcome ??= { error };
    handOver(direct);
  };

  const begin = (request: IncomingMessage, answer: ServerResponse, plain: PlainRequest, server: ContractServer): void => {
    const handover: Handover = { began: performance.now(), server };
    const client = new AbortController();
    const direct: Direct = { request, answer, plain, handover, client, context: undefined, isHandedOver: false };
    answer.once('close', () => onClosed(direct));
    const onBody = (body: string): void => void serve(direct, body).catch((error: unknown) => onFailed(direct, error));
    // A body that came together with its head is there a moment after it.
    process.nextTick(() => peekBody(request, plain.bodyBytes, onBody));
  };

  http.server.removeListener('request', framework);
  http.server.on('request', (request, answer) => {
    const plain = plainRequest(request, bodyLimit);
    const server = plain && servers.find(plain.contract);
    if (plain === undefined || server === undefined || gauge.isFull() || !isGood(request) || !gauge.enter()) {
      framework(request, answer);
      return;
    }
    const { traceparent } = request.headers;
    if (typeof traceparent === 'string') withTraceparent(traceparent, () => begin(request, answer, plain, server));
    else begin(request, answer, plain, server);
  });
};

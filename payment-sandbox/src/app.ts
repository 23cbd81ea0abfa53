import { createHttpServer, listen } from '@supergraph/service/http-server';
import { createLogger } from '@supergraph/service/logging';
import type { Running } from '@supergraph/service/process';
import type { FastifyInstance } from 'fastify';
import { usualBehaviour } from './behaviour.ts';
import { createCallbackSender } from './callback-sender.ts';
import type { SandboxConfig } from './config.ts';
import { createLedger } from './ledger.ts';
import { addRoutes } from './routes.ts';

export interface SandboxApp extends Running {
  http: FastifyInstance;
  /** @returns the port in use. */
  listen(host: string, port: number): Promise<number>;
}

/** A payment provider without any money: takes payments and refunds, and tells what became of them through signed callbacks. */
export const createApp = (config: SandboxConfig): SandboxApp => {
  const logger = createLogger('payment-sandbox', config.logLevel);
  const http = createHttpServer({ logger, readiness: async () => undefined });
  const sender = createCallbackSender({
    url: config.callbackUrl,
    secret: config.secret,
    onFailure: (problem, id) => logger.warn({ callback: id }, `callback: ${problem}; trying again`),
  });
  addRoutes(http, { key: config.key, ledger: createLedger(), sender, usual: usualBehaviour(config.delayMs) });
  return {
    http,
    listen: async (host, port) => {
      const used = await listen(http, 'payment-sandbox', host, port);
      logger.info({ port: used }, 'listening');
      return used;
    },
    close: async () => {
      sender.close();
      await http.close();
    },
  };
};

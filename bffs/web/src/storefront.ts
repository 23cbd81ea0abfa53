import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { Fallback } from '@supergraph/bff/error-answers';
import type { FastifyInstance } from 'fastify';

/** The page and its own files, and nothing from anywhere else. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE = 'index.html';
/** Vite puts a hash of the content into the names of these. */
const IMMUTABLE = `${sep}assets${sep}`;
const API = /^\/(views|health|graphql|openapi\.json)(\/|$)/;

const NOT_BUILT = 'The storefront is not built. Build it, and start again: npm run build\n';

const isBuilt = (folder: string): boolean => existsSync(join(folder, PAGE));

/** The files of the built storefront; compressed ones as the build wrote them. */
export const addStorefront = async (http: FastifyInstance, folder: string): Promise<void> => {
  if (!isBuilt(folder)) return;
  await http.register(fastifyStatic, {
    root: folder,
    preCompressed: true,
    cacheControl: false,
    // The page is sent by the fallback, whatever the path; folders would be 403.
    index: false,
    allowedPath: (path) => !path.endsWith('/'),
    setHeaders: (reply, path) => void reply.header('cache-control', path.includes(IMMUTABLE) ? 'public, max-age=31536000, immutable' : 'no-cache'),
  });
};

/** The page, for every path of the storefront: which screens there are is known to the page alone. */
export const storefrontPage = (folder: string): Fallback => {
  const isThere = isBuilt(folder);
  return (request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const wantsPage = path === '/' || request.headers.accept?.includes('text/html') === true;
    if (!wantsPage || !['GET', 'HEAD'].includes(request.method) || API.test(path)) return undefined;
    if (!isThere) return reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT);
    return reply.header('content-security-policy', PAGE_POLICY).sendFile(PAGE);
  };
};

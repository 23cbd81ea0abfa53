import { randomUUID } from 'node:crypto';
import { createErrorFormatter } from '@supergraph/service/graphql-errors';
import type { Logger } from '@supergraph/service/logging';
import type { GraphQLFormattedError } from 'graphql';

/** Fields of a subgraph error's extensions that a client may see. */
const PUBLIC_EXTENSIONS = ['code', 'kind', 'details', 'reference', 'serviceName'];

/** Codes that say our own machinery failed: the gateway and a subgraph disagree, or a subgraph did not foresee it. */
const INTERNAL_CODES = ['INTERNAL_SERVER_ERROR', 'DOWNSTREAM_SERVICE_ERROR', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'];

type Extensions = NonNullable<GraphQLFormattedError['extensions']>;

const isPublic = ({ code, reference }: Extensions): boolean =>
  typeof code === 'string' && (!INTERNAL_CODES.includes(code) || typeof reference === 'string');

/** A path as far as it names one place: the gateway writes `@` for "every item", which clients do not know. */
const placeOf = (path: GraphQLFormattedError['path']): GraphQLFormattedError['path'] => {
  const everyItem = path?.indexOf('@') ?? -1;
  const place = everyItem === -1 ? path : path?.slice(0, everyItem);
  return place?.length === 0 ? undefined : place;
};

/**
 * Apollo Server's `formatError` for a gateway. What a subgraph meant for clients (an error with a code, or one it
 * masked itself) keeps message, code, kind, details and reference; all else is masked and logged whole.
 */
export const createGatewayErrorFormatter = (logger: Logger) => {
  const formatOwn = createErrorFormatter(logger);
  return (formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError => {
    const extensions = formatted.extensions ?? {};
    const { serviceName } = extensions;
    if (typeof serviceName !== 'string') return formatOwn(formatted, thrown);
    const path = placeOf(formatted.path);
    const place = path === undefined ? {} : { path };
    if (isPublic(extensions)) {
      const shown = PUBLIC_EXTENSIONS.filter((name) => extensions[name] !== undefined).map((name) => [name, extensions[name]]);
      return { message: formatted.message, ...place, extensions: Object.fromEntries(shown) };
    }
    const reference = randomUUID();
    logger.error({ subgraph: serviceName, error: { message: formatted.message, path, extensions }, reference }, 'unexpected error of a subgraph');
    return {
      message: `Something went wrong on our side. Quote the reference ${reference}.`,
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR', reference, serviceName },
    };
  };
};

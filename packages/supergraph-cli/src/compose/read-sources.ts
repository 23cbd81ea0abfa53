import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { ANONYMOUS_IDENTITY } from '@supergraph/identity/identity';
import { internalHeaders } from '@supergraph/identity/internal-token';
import { messageOf } from '@supergraph/service/process';
import { StartupError } from '@supergraph/service/startup-error';
import { EnvironmentError } from '../command.ts';
import type { SubgraphSource } from '../compose.ts';
import type { RoverConfig } from './rover-config.ts';

type Entry = RoverConfig['subgraphs'][number];

interface Place {
  /** Absolute path of the folder that files start from. */
  root: string;
  env: NodeJS.ProcessEnv;
}

const DEADLINE_MS = 10_000;
const MAX_BYTES = 10 * 1024 * 1024;
const BODY = JSON.stringify({ query: '{ _service { sdl } }' });

const keyVariable = (name: string): string => `${name.toUpperCase().replaceAll('-', '_')}_INTERNAL_KEY`;

/** Subgraphs of this house answer only what carries an internal token; the key is the one that the room itself was given. */
const tokenFor = (name: string, env: NodeJS.ProcessEnv): Record<string, string> => {
  const key = env[keyVariable(name)];
  if (!key) return {};
  try {
    return internalHeaders(key, name, ANONYMOUS_IDENTITY, BODY);
  } catch (error) {
    throw new StartupError(`${keyVariable(name)}: ${messageOf(error)}`, 'give the key of the running subgraph', error);
  }
};

const readBounded = async (response: Response, url: string): Promise<string> => {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new EnvironmentError(`${url} answers more than ${MAX_BYTES} bytes`, 'is it the subgraph?');
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
};

const sdlIn = (text: string): string | undefined => {
  try {
    const { data } = JSON.parse(text) as { data?: { _service?: { sdl?: unknown } } };
    const sdl = data?._service?.sdl;
    return typeof sdl === 'string' ? sdl : undefined;
  } catch {
    return undefined;
  }
};

const fetchSdl = async (name: string, url: string, headers: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): Promise<string> => {
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...tokenFor(name, env), ...headers },
      body: BODY,
      redirect: 'error',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    status = response.status;
    text = await readBounded(response, url);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const reason = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new EnvironmentError(`subgraph '${name}' cannot be asked for its schema at ${url}: ${reason}`, 'start it, or correct subgraph_url', error);
  }
  const sdl = sdlIn(text);
  if (sdl !== undefined) return sdl;
  const fix =
    status === 401 ? `it wants an internal token: set ${keyVariable(name)}, or introspection_headers` : 'expected { data: { _service: { sdl } } }';
  throw new EnvironmentError(`subgraph '${name}' at ${url} answers ${status} without its schema`, fix);
};

const fromFile = (name: string, file: string, { root }: Place): { shownFile: string; text: string } => {
  const path = resolve(root, file);
  const shownFile = relative(root, path);
  try {
    return { shownFile, text: readFileSync(path, 'utf8') };
  } catch (error) {
    throw new StartupError(
      `the schema of subgraph '${name}' cannot be read: ${shownFile}`,
      `create the file, or correct subgraphs.${name}.schema.file in supergraph.yaml`,
      error,
    );
  }
};

const urlOf = ({ name, routingUrl, schema }: Entry): string => {
  const url = routingUrl ?? ('subgraph_url' in schema ? schema.subgraph_url : undefined);
  if (url !== undefined) return url;
  throw new StartupError(`subgraphs.${name}: routing_url is missing`, `add subgraphs.${name}.routing_url: where the router finds it`);
};

const readSource = async (entry: Entry, place: Place): Promise<SubgraphSource> => {
  const { name, schema } = entry;
  const routingUrl = urlOf(entry);
  if ('file' in schema) return { name, routingUrl, ...fromFile(name, schema.file, place) };
  if ('sdl' in schema) return { name, routingUrl, shownFile: `supergraph.yaml#${name}`, text: schema.sdl };
  if ('subgraph_url' in schema) {
    const text = await fetchSdl(name, schema.subgraph_url, schema.introspection_headers ?? {}, place.env);
    return { name, routingUrl, shownFile: schema.subgraph_url, text };
  }
  throw new StartupError(`subgraphs.${name}.schema.graphref needs a registry`, 'git is the registry here: use file, subgraph_url or sdl');
};

/**
 * The schema of every subgraph of a configuration: read, taken from the configuration, or asked of the running subgraph
 * (`_service { sdl }`, within 10 s, at most 10 MB).
 * @throws StartupError for what the configuration or a file lacks; EnvironmentError when a subgraph does not answer.
 */
export const readSources = ({ subgraphs }: RoverConfig, place: Place): Promise<SubgraphSource[]> =>
  Promise.all(subgraphs.map((entry) => readSource(entry, place)));

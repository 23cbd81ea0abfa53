import { bodyTypeOf } from './media-types.ts';

/** Which methods each path has. */
export interface AllowedMethods {
  /** @param url in Fastify's form: `/orders/:number`. */
  add(method: string, url: string, takesBody: boolean): void;
  /** In the order of `Allow`; undefined when there is no such path. */
  of(path: string): readonly string[] | undefined;
  /** `Accept-Post` and `Accept-Patch` of a path. */
  bodyTypes(path: string): Readonly<Record<string, string>>;
}

const segmentsOf = (path: string): string[] => path.split('/');
const isParameter = (segment: string): boolean => segment.startsWith(':');

const fits = (pattern: readonly string[], path: readonly string[]): boolean =>
  pattern.length === path.length && pattern.every((segment, index) => (isParameter(segment) ? path[index] !== '' : segment === path[index]));

/** `/users/me` before `/users/:id`, as the router of Fastify has it. */
const byParameters = (a: string, b: string): number => segmentsOf(a).filter(isParameter).length - segmentsOf(b).filter(isParameter).length;

export const createAllowedMethods = (): AllowedMethods => {
  const urls = new Map<string, Map<string, boolean>>();
  const methodsOf = (path: string): Map<string, boolean> | undefined => {
    const segments = segmentsOf(path);
    const url = [...urls.keys()].sort(byParameters).find((pattern) => fits(segmentsOf(pattern), segments));
    return url === undefined ? undefined : urls.get(url);
  };
  return {
    add: (method, url, takesBody) => {
      const methods = urls.get(url) ?? new Map<string, boolean>();
      urls.set(url, methods.set(method, takesBody));
    },
    of: (path) => {
      const methods = methodsOf(path);
      return methods && [...[...methods.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'];
    },
    bodyTypes: (path) =>
      Object.fromEntries(
        [...(methodsOf(path) ?? [])].filter(([, takesBody]) => takesBody).map(([method]) => [`accept-${method.toLowerCase()}`, bodyTypeOf(method)]),
      ),
  };
};

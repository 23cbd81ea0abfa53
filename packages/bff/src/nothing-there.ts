import { HttpProblem } from '@supergraph/service/problem';

/** What a view is about does not exist, or not for this caller. */
export const nothingThere = (what: 'category' | 'product' | 'order', name: string): HttpProblem =>
  new HttpProblem(404, `${what.toUpperCase()}_NOT_FOUND`, `There is no ${what} '${name}'.`);

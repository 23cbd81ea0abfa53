import { HttpProblem } from '@supergraph/service/problem';

/** What a view is about does not exist, or not for this caller. */
export const nothingThere = (what: string, name: string): HttpProblem =>
  new HttpProblem(404, `${what.toUpperCase().replaceAll(' ', '_')}_NOT_FOUND`, `There is no ${what} '${name}'.`);

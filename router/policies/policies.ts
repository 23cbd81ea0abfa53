import type { Policy } from '../src/authorization/policies.ts';
import { decide as worksHere } from './works-here.ts';

/** By the name that `@policy` uses. */
export const POLICIES: Readonly<Record<string, Policy>> = {
  'works-here': worksHere,
};

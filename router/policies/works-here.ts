import type { Policy } from '../src/authorization/policies.ts';

/** Lets people pass who work here: staff and admins. The system's own services are no people. */
export const decide: Policy = ({ caller }) => caller.role === 'staff' || caller.role === 'admin';

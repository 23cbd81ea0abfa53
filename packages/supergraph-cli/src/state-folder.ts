import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { isReachableByAnyone } from '@supergraph/database/embedded-postgres';

/**
 * Where a checkout keeps its embedded PostgreSQL: `.data/postgres` inside it. Run by root, PostgreSQL itself runs as an
 * unprivileged user; when that user may not enter the checkout, a folder of the checkout's own under /var/lib.
 */
export const postgresFolder = (root: string): string => {
  if (process.getuid?.() !== 0 || isReachableByAnyone(root)) return join(root, '.data', 'postgres');
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 12);
  return join('/var/lib/supergraph', `${basename(root)}-${checkout}`);
};

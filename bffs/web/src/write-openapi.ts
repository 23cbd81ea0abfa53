import { writeOpenapi } from '@supergraph/bff/write-openapi';
import { VIEWS } from './views.ts';

const DESCRIPTION = `One request, one screen of the web shop: rich data, related products, breadcrumbs, the history of orders. Answers are compressed
and have an ETag; what nobody in particular asked for may be kept for a minute. Errors are problem details (RFC 9457): branch on \`code\`. Money is in
the smallest unit of its currency, times are RFC 3339 in UTC.`;

// `node bffs/web/src/write-openapi.ts` writes openapi.json; with --check it only says whether that is fresh.
const check = process.argv.includes('--check');
const isFresh = await writeOpenapi({
  title: 'Supergraph web views',
  description: DESCRIPTION,
  views: VIEWS,
  file: new URL('../openapi.json', import.meta.url),
  contractFile: new URL('../../../contracts/web.graphql', import.meta.url),
  check,
});
if (check && !isFresh) process.exitCode = 1;

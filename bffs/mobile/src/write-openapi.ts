import { writeOpenapi } from '@supergraph/bff/write-openapi';
import { VIEWS } from './views.ts';

const DESCRIPTION = `One request, one screen of the mobile app, with what that screen shows and no more. Answers are compressed (brotli, gzip) and
have an ETag; what nobody in particular asked for may be kept for a minute. Errors are problem details (RFC 9457): branch on \`code\`. Money is in
the smallest unit of its currency, times are RFC 3339 in UTC.`;

// `node bffs/mobile/src/write-openapi.ts` writes openapi.json; with --check it only says whether that is fresh.
const check = process.argv.includes('--check');
const isFresh = await writeOpenapi({
  title: 'Supergraph mobile views',
  description: DESCRIPTION,
  views: VIEWS,
  file: new URL('../openapi.json', import.meta.url),
  contractFile: new URL('../../../contracts/mobile.graphql', import.meta.url),
  check,
});
if (check && !isFresh) process.exitCode = 1;

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type OpenapiOptions, openapiOf } from './openapi-document.ts';

export interface WriteOpenapiOptions extends Omit<OpenapiOptions, 'contract'> {
  /** Where the document is committed. */
  file: URL;
  /** SDL of the contract. */
  contractFile: URL;
  /** Says whether the file is fresh, and writes nothing. */
  check: boolean;
}

/** Writes a BFF's OpenAPI document. @returns whether the file was fresh. */
export const writeOpenapi = async ({ file, contractFile, check, ...options }: WriteOpenapiOptions): Promise<boolean> => {
  const document = `${JSON.stringify(openapiOf({ ...options, contract: await readFile(contractFile, 'utf8') }), null, 2)}\n`;
  const isFresh = (await readFile(file, 'utf8').catch(() => '')) === document;
  if (!isFresh && check)
    process.stderr.write(`✗ ${fileURLToPath(file)} is not what its views answer\n  → npm run manifests, and commit what it writes\n`);
  else if (!isFresh) await writeFile(file, document);
  return isFresh;
};

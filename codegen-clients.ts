import { globSync } from 'node:fs';
import type { CodegenConfig } from '@graphql-codegen/cli';
import { addTypenameSelectionDocumentTransform, preset } from '@graphql-codegen/client-preset';
import type { CodegenPlugin, Types } from '@graphql-codegen/plugin-helpers';
import { type Client, GRAPH, readClients } from '@supergraph/cli/clients';
import { disableFragmentWarnings } from 'graphql-tag';

// It takes fragments of the same name in two clients for an accident.
disableFragmentWarnings();

/** The package that frontends install has rules of its own. */
const isInstalled = ({ types }: Client): boolean => types.startsWith('packages/client/');

const MASKING = 'fragment-masking';

/** A plugin whose text is changed by `edit`. */
const edited = (plugin: CodegenPlugin, edit: (text: string) => string): CodegenPlugin => ({
  ...plugin,
  plugin: async (...args) => {
    const output = await plugin.plugin(...args);
    if (typeof output === 'string') return edit(output);
    return { ...output, content: edit(output.content), prepend: (output.prepend ?? []).map(edit) };
  },
});

type Output = Types.GenerateOptions;

/** Types, documents and fragment masking in one file: what a client imports. */
const inOneFile = (types: Output, masking: Output, client: Client): Output => {
  // That library would bring graphql along: the package declares the types itself.
  const typesFrom = isInstalled(client) ? '../../typed-document.ts' : '@graphql-typed-document-node/core';
  const rename = (text: string): string => text.replace("'@graphql-typed-document-node/core'", `'${typesFrom}'`);
  // What graphql.ts has already, and `isFragmentReady`, which is for `@defer` and does not compile under our settings.
  const withoutRest = (text: string): string =>
    rename(text)
      .replace(/^import type .* from '\.\/graphql\.ts';$/m, '')
      .replace('{ ResultOf, DocumentTypeDecoration }', '{ ResultOf }')
      .replace(/^export function isFragmentReady<[\s\S]*?^}$/m, '');
  const maskingPlugin = masking.pluginMap[MASKING] as CodegenPlugin;
  const pluginMap = Object.fromEntries(Object.entries(types.pluginMap).map(([name, plugin]) => [name, edited(plugin, rename)]));
  return {
    ...types,
    plugins: [...types.plugins, { [MASKING]: masking.config }],
    pluginMap: { ...pluginMap, [MASKING]: edited(maskingPlugin, withoutRest) },
  };
};

/** The client preset, with one file of types. */
const presetOf = (client: Client): Types.OutputPreset => ({
  ...preset,
  buildGeneratesSection: async (options) => {
    const outputs = await preset.buildGeneratesSection(options);
    const find = (file: string): Output => {
      const output = outputs.find(({ filename }) => filename === `${options.baseOutputDir}${file}`);
      if (output === undefined) throw new Error(`@graphql-codegen/client-preset does not write ${file} any more`);
      return output;
    };
    return [inOneFile(find('graphql.ts'), find('fragment-masking.ts'), client), find('persisted-documents.json')];
  },
});

const outputOf = (client: Client, apiSchema: () => string): CodegenConfig['generates'] => ({
  [`${client.types}/`]: {
    schema: client.contract === GRAPH ? apiSchema() : `contracts/${client.contract}.graphql`,
    documents: client.operations,
    preset: presetOf(client),
    presetConfig: {
      fragmentMasking: { unmaskFunctionName: 'readFragment' },
      persistedDocuments: { hashAlgorithm: 'sha256', mode: 'embedHashInDocument' },
    },
    // The caches of Apollo Client and urql find objects by their type's name.
    documentTransforms: isInstalled(client) ? [addTypenameSelectionDocumentTransform] : [],
    config: { scalars: { ID: 'string' }, documentMode: 'string', enumsAsTypes: true, useTypeImports: true, importExtension: '.ts' },
  },
});

const clients = readClients({ root: import.meta.dirname }).filter(({ operations }) => globSync(operations, { cwd: import.meta.dirname }).length > 0);

/**
 * Typed documents, and the manifest of their ids, for every client (https://the-guild.dev/graphql/codegen/plugins/presets/preset-client).
 * @param apiSchema what clients of the whole graph see, as SDL.
 */
export const clientOperations = (apiSchema: () => string): CodegenConfig['generates'] =>
  Object.assign({}, ...clients.map((client) => outputOf(client, apiSchema)));

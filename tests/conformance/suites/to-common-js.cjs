// Jest runs CommonJS; the house's sources are TypeScript modules.
const { ModuleKind, ScriptTarget, transpileModule } = require('typescript');

module.exports = {
  process: (source, fileName) => ({
    code: transpileModule(source, {
      fileName,
      compilerOptions: { allowJs: true, module: ModuleKind.CommonJS, target: ScriptTarget.ES2024, inlineSourceMap: true },
    }).outputText,
  }),
};

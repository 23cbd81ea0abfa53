import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const offset = Number(process.env['PORT_OFFSET'] ?? 0);
/** Where the web BFF listens: the views, and the door for persisted operations. */
const webBff = process.env['WEB_BFF_URL'] ?? `http://127.0.0.1:${4021 + offset}`;

/** Writes a `.br` beside every text file of the build: the web BFF serves it as it is. */
const precompress = (): Plugin => ({
  name: 'precompress',
  apply: 'build',
  writeBundle: ({ dir = 'dist' }) => {
    for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(html|js|css|svg)$/.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file)));
    }
  },
});

export default defineConfig({
  plugins: [react(), precompress()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { host: '127.0.0.1', port: 4022 + offset, proxy: { '/views': webBff, '/graphql': webBff } },
});

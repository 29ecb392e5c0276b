import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const OUT = join(import.meta.dirname, '../dist/dashboard');
/** Where `vite dashboard` finds a running server: `OCR_DEV_SERVER`, or the one `npm start` starts. */
const SERVER = process.env.OCR_DEV_SERVER ?? 'http://127.0.0.1:8000';

export default defineConfig({
  root: import.meta.dirname,
  // The server puts a fresh nonce in its place in every answer: see src/api/dashboard.
  html: { cspNonce: '__CSP_NONCE__' },
  plugins: [react(), precompress()],
  resolve: { alias: { '~': join(import.meta.dirname, 'src') } },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2023',
    cssTarget: ['chrome125', 'firefox128', 'safari18'],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      '^/(api|metrics|livez|readyz)': { target: SERVER, changeOrigin: true },
      '/ws': { target: SERVER, ws: true, changeOrigin: true, rewriteWsOrigin: true },
    },
  },
});

/** Writes `.br` and `.gz` beside every text file, so that the server never compresses one. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    closeBundle() {
      for (const name of readdirSync(OUT, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|svg|json)$/.test(name)) continue;
        const path = join(OUT, name);
        const bytes = readFileSync(path);
        const size = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: size }));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

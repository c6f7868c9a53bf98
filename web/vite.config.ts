import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env['ESTEIRA_URL'] ?? 'http://127.0.0.1:7700'
const toServer = { target: server, changeOrigin: true, headers: { origin: server } }

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    manifest: 'manifest.json',
    // Nothing inline: the server's content policy allows files of its own origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    proxy: { '/api': toServer, '/openapi.json': toServer, '/healthz': toServer },
  },
})

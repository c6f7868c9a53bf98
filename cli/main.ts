import { enableCompileCache } from 'node:module'

// Loading what was compiled before takes a third of the time.
enableCompileCache()

const { run } = await import('./program.ts')
process.exitCode = await run(process.argv.slice(2))

import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../kernel/errors.ts'
import type { ChildReply, WindowRequest, WindowResult } from './protocol.ts'

const program = fileURLToPath(new URL('main.ts', import.meta.url))

/** Runs the child program once. The window is measured there, so that neither memory nor a crash of it is the server's. */
export const measureWindow = async (
  request: WindowRequest,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<WindowResult> => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve(code === 0 ? '' : `it ended with ${signal ?? `exit code ${code}`}`),
    )
  })
  // The child may be gone before it has read everything; `ended` tells of that.
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(request))
  const [out, errors, failure] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (failure !== '') throw failed(`${failure}. ${errors.slice(-2000)}`)
  const reply: ChildReply = JSON.parse(out)
  if ('error' in reply) throw failed(reply.error)
  return reply.ok
}

const failed = (what: string): AppError =>
  new AppError('internal', `The window could not be measured: ${what.trim().split('\n')[0]}`, { cause: what })

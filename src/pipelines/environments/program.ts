import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { AppError } from '../../kernel/errors.ts'

const tailBytes = 4_096

/** Runs a program to its end; what it writes goes to a log, its end into the error if it fails. */
export const runProgram = (
  argv: readonly string[],
  { log, env = {} }: { log: string; env?: Record<string, string> },
): Promise<void> =>
  new Promise((resolve, reject) => {
    const [program = '', ...rest] = argv
    const file = createWriteStream(log, { flags: 'a' })
    file.write(`$ ${argv.join(' ')}\n`)
    const child = spawn(program, rest, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let tail = ''
    const take = (chunk: Buffer) => {
      file.write(chunk)
      tail = (tail + chunk.toString('utf8')).slice(-tailBytes)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('error', (error) =>
      reject(new AppError('unavailable', `${program} could not be started: ${error.message}`)),
    )
    child.once('close', (code, signal) => {
      file.end(() => {
        if (code === 0) resolve()
        else reject(new AppError('invalid', `${program} ended with ${signal ?? code}:\n${tail.trim()}`))
      })
    })
  })

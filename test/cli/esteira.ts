import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cleanup } from '../../src/testing.ts'
import { type Ended, runToEnd } from '../venv.ts'

const program = fileURLToPath(new URL('../../esteira', import.meta.url))
const escape = '\u001b'

/** What the machine that tests may have set must not reach the command line under test. */
const clean = {
  ESTEIRA_URL: undefined,
  ESTEIRA_TOKEN: undefined,
  ESTEIRA_PROJECT: undefined,
  ESTEIRA_HOME: undefined,
  ESTEIRA_LOG: undefined,
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
}

type Place = { cwd: string; env?: Record<string, string> }

/** Runs `./esteira` with these words. Whatever it does, it shows no stack trace, and colour only where it was forced. */
export const esteira = async (words: readonly string[], { cwd, env = {} }: Place): Promise<Ended> => {
  const ended = await runToEnd([program, ...words], { cwd, env: { ...clean, ...env } })
  assert.doesNotMatch(ended.output, /^\s+at .*:\d+:\d+/m, `a stack trace of esteira ${words.join(' ')}`)
  if (!('FORCE_COLOR' in env)) assert.ok(!ended.output.includes(escape), `colour in a pipe: ${ended.output}`)
  return ended
}

/** A command line in one folder, of one server. */
export const commandLine = (place: Place) => ({
  run: (...words: string[]) => esteira(words, place),
  /** What it prints, when it succeeds. */
  says: async (...words: string[]): Promise<string> => {
    const ended = await esteira(words, place)
    assert.equal(ended.code, 0, `esteira ${words.join(' ')}\n${ended.output}`)
    return ended.stdout
  },
  /** Its whole stdout as JSON, when it succeeds. */
  json: async (...words: string[]): Promise<unknown> => {
    const ended = await esteira([...words, '--json'], place)
    assert.equal(ended.code, 0, ended.output)
    assert.equal(ended.stderr, '')
    return JSON.parse(ended.stdout) as unknown
  },
  /** What it complains, when it ends with this code. */
  fails: async (code: number, ...words: string[]): Promise<string> => {
    const ended = await esteira(words, place)
    assert.equal(ended.code, code, `esteira ${words.join(' ')}\n${ended.output}`)
    return ended.stderr
  },
})

export type Up = {
  url: string
  lines: string[]
  agentPid: number
  /** Sends the signal and waits for the end. */
  end: (signal: NodeJS.Signals) => Promise<number | null>
}

/** `esteira up` as a user starts it, until it says that it is ready. */
export const startUp = async (t: TestContext, { home }: { home: string }): Promise<Up> => {
  const child = spawn(program, ['up', '--home', home, '--port', '0'], {
    env: { ...process.env, ...clean },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve)
  })
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  cleanup(t, () => end('SIGTERM'))
  const lines: string[] = []
  const ready = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      const url = /ready at (\S+)/.exec(line)?.[1]
      if (url) resolve(url)
    })
    child.once('exit', (code) => reject(new Error(`esteira up ended with ${code}: ${complaints}`)))
  })
  const url = await ready
  const { pid } = JSON.parse(await readFile(join(home, 'agent', 'process.json'), 'utf8')) as { pid: number }
  return { url, lines, agentPid: pid, end }
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

import { createReadStream } from 'node:fs'
import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Blobs } from '../../kernel/blobs/blobs.ts'
import { storeTree } from '../../kernel/blobs/tree.ts'
import { isAppError, messageOf } from '../../kernel/errors.ts'
import type { Artifact, OutputKind, StepError } from '../contract.ts'
import type { Outcome } from '../machine/state.ts'
import type { Task } from '../plan/plan.ts'
import type { Executor, Exit } from '../runner/executor.ts'

/** A JSON output is read whole by whoever uses it: it must stay small. */
const jsonLimitBytes = 16 * 1_048_576
const tailBytes = 4_096
const tailLines = 20

type Finished = { executor: Executor; blobs: Blobs; id: string; task: Task; exit: Exit }

const failed = (error: StepError, retriable = true): Outcome => ({ status: 'failed', error, retriable })

/** The whole log as a blob; a job that wrote nothing has none. */
export const keepLog = async (executor: Executor, blobs: Blobs, id: string) => {
  const path = join(executor.folderOf(id), 'log')
  const found = await lstat(path).catch(() => undefined)
  return found && found.size > 0 ? blobs.put(createReadStream(path)) : null
}

const endOfLog = async (executor: Executor, id: string): Promise<string> => {
  const { sizeBytes } = await executor.readLog(id, { offset: 0, limit: 0 })
  const { bytes } = await executor.readLog(id, {
    offset: Math.max(0, sizeBytes - tailBytes),
    limit: tailBytes,
  })
  const lines = bytes.toString('utf8').trimEnd().split('\n').slice(-tailLines)
  return lines.join('\n').trim()
}

const keepFile = async (blobs: Blobs, path: string): Promise<Artifact | string> => {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return 'was not written'
  if (!found.isFile()) return 'is not a file'
  return { ...(await blobs.put(createReadStream(path))), kind: 'file' }
}

const keepJson = async (blobs: Blobs, path: string): Promise<Artifact | string> => {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return 'was not written'
  if (!found.isFile()) return 'is not a file'
  if (found.size > jsonLimitBytes)
    return `is larger than the ${jsonLimitBytes / 1_048_576} MB that JSON may be; declare it as file`
  const content = await readFile(path)
  try {
    JSON.parse(content.toString('utf8'))
  } catch (error) {
    return `is not JSON: ${messageOf(error)}`
  }
  return { ...(await blobs.put(content)), kind: 'json' }
}

const keepDirectory = async (blobs: Blobs, path: string): Promise<Artifact | string> => {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return 'was not written'
  if (!found.isDirectory()) return 'is not a folder'
  try {
    const { digest, sizeBytes } = await storeTree(blobs, path)
    return { digest, sizeBytes, kind: 'directory' }
  } catch (error) {
    if (isAppError(error)) return `cannot be kept: ${error.message}`
    throw error
  }
}

const keepers: Record<OutputKind, (blobs: Blobs, path: string) => Promise<Artifact | string>> = {
  file: keepFile,
  json: keepJson,
  directory: keepDirectory,
}

const keepOutputs = async ({ executor, blobs, id, task }: Finished): Promise<Outcome> => {
  const outputs: Record<string, Artifact> = {}
  const wrong: string[] = []
  for (const [name, kind] of Object.entries(task.outputs)) {
    const kept = await keepers[kind](blobs, join(executor.folderOf(id), 'outputs', name))
    if (typeof kept === 'string') wrong.push(`output ${name} ${kept}`)
    else outputs[name] = kept
  }
  if (wrong.length === 0) return { status: 'succeeded', outputs }
  return failed({
    code: 'output',
    message: `The command ended well, but ${wrong.join(', and ')}.`,
    hint: 'Each declared output is written at the path that ESTEIRA_STEP names for it.',
  })
}

const withLog = (sentence: string, log: string) =>
  log === '' ? sentence : `${sentence} The log ends:\n${log}`

/** What the end of a process means for its step. Outputs are in the blobs when this returns. */
export const outcomeOf = async (finished: Finished): Promise<Outcome> => {
  const { executor, id, task, exit } = finished
  if (exit.reason === 'cancelled') return { status: 'cancelled' }
  if (exit.reason === 'not started')
    return failed(
      {
        code: 'command',
        message: exit.message ?? 'The command could not be started.',
        hint: 'Check `run`, and that the environment of the step has the command.',
      },
      false,
    )
  if (exit.reason === 'exited' && exit.code === 0) return keepOutputs(finished)
  const log = await endOfLog(executor, id)
  if (exit.reason === 'timeout')
    return failed({
      code: 'timeout',
      message: withLog(`The command took longer than ${task.timeoutMs / 1000} s and was ended.`, log),
      hint: 'Raise `timeout` of the step, or find out in the log what it waits for.',
    })
  if (exit.signal !== null)
    return failed({
      code: 'killed',
      message: withLog(`The command was killed by ${exit.signal}.`, log),
      ...(exit.signal === 'SIGKILL'
        ? { hint: 'Often the machine ran out of memory: see the peak memory of the attempt.' }
        : {}),
    })
  return failed({ code: 'exit', message: withLog(`The command exited with ${exit.code}.`, log) })
}

/** Child program of the server: a WindowRequest on stdin, a ChildReply on stdout. DuckDB lives and dies here. */
import { text } from 'node:stream/consumers'
import { messageOf } from '../../kernel/errors.ts'
import { evaluateWindow } from './evaluate.ts'
import type { ChildReply, WindowRequest } from './protocol.ts'

const answer = async (): Promise<ChildReply> => {
  try {
    const request: WindowRequest = JSON.parse(await text(process.stdin))
    return { ok: await evaluateWindow(request) }
  } catch (error) {
    return { error: messageOf(error) }
  }
}

process.stdout.write(JSON.stringify(await answer()))

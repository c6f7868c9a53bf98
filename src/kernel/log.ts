import { type Logger as PinoLogger, pino, destination } from 'pino'

export type Logger = PinoLogger

/** JSON lines on stderr, so that stdout stays the command's own. Level by ESTEIRA_LOG (default `warn`). */
export const createLog = (level = process.env['ESTEIRA_LOG'] ?? 'warn'): Logger =>
  pino(
    { level, redact: ['token', 'authorization', '*.token', '*.authorization'] },
    destination({ dest: 2, sync: true }),
  )

import type { Http } from './kernel/http/server.ts'

/** What every room's front door offers to the program that wires them. */
export type Room = {
  mount: (http: Http) => void
  start?: () => Promise<void>
  stop?: () => Promise<void>
}

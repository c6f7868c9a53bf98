import type { Column, Kind } from '../schemas.ts'

export type DeclaredBullet = {
  id: string
  column: Column
  kind: Kind
  /** Word for word from the Portuguese edition of Microsoft’s maturity model of January 2020. */
  quote: string
  translation: string
  evidence: readonly string[]
}

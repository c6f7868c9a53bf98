import type { DeclaredBullet } from './declared.ts'
import { level0 } from './level0.ts'
import { level1 } from './level1.ts'
import { level2 } from './level2.ts'
import { level3 } from './level3.ts'
import { level4 } from './level4.ts'

export type Level = 0 | 1 | 2 | 3 | 4

export type LeveledBullet = DeclaredBullet & { level: Level }

const at = (level: Level, bullets: readonly DeclaredBullet[]): LeveledBullet[] =>
  bullets.map((bullet) => ({ ...bullet, level }))

/** The 95 bullets of the model: 52 capabilities, 32 symptoms, 9 of people, 2 that say either way. */
export const bullets: readonly LeveledBullet[] = [
  ...at(0, level0),
  ...at(1, level1),
  ...at(2, level2),
  ...at(3, level3),
  ...at(4, level4),
]

import { useTexts } from '../text/text.tsx'
import { Icon, type IconName } from './icon.tsx'
import css from './status.module.css'

export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'idle'

const looks: Record<string, readonly [Tone, IconName]> = {
  succeeded: ['good', 'check'],
  finished: ['good', 'check'],
  passed: ['good', 'check'],
  pass: ['good', 'check'],
  approved: ['good', 'check'],
  registered: ['good', 'check'],
  completed: ['good', 'check'],
  healthy: ['good', 'check'],
  fine: ['good', 'check'],
  resolved: ['good', 'check'],
  ready: ['good', 'check'],
  started: ['good', 'check'],
  equal: ['good', 'check'],
  live: ['good', 'play'],
  cached: ['good', 'cached'],
  failed: ['bad', 'cross'],
  fail: ['bad', 'cross'],
  refused: ['bad', 'cross'],
  rejected: ['bad', 'cross'],
  killed: ['bad', 'cross'],
  down: ['bad', 'cross'],
  broken: ['bad', 'warn'],
  open: ['bad', 'warn'],
  rolled_back: ['bad', 'back'],
  different: ['bad', 'cross'],
  lost: ['warn', 'warn'],
  degraded: ['warn', 'warn'],
  pending: ['warn', 'wait'],
  backoff: ['warn', 'again'],
  paused: ['warn', 'pause'],
  running: ['busy', 'play'],
  starting: ['busy', 'wait'],
  cancelling: ['busy', 'wait'],
  preparing: ['busy', 'wait'],
  fetching: ['busy', 'wait'],
  loading: ['busy', 'wait'],
  scheduled: ['busy', 'wait'],
}
const plain: readonly [Tone, IconName] = ['idle', 'skip']

export const toneOf = (word: string): Tone => (looks[word] ?? plain)[0]

/** A state in a word, a colour and a sign; the word alone is enough. */
export const Status = ({ of, note }: { of: string; note?: string | undefined }) => {
  const { say, has } = useTexts()
  const [tone, icon] = looks[of] ?? plain
  const key = `status.${of}`
  return (
    <span className={css['status']} data-tone={tone} title={note}>
      <Icon name={icon} size={12} />
      {has(key) ? say(key) : of}
    </span>
  )
}

/** A word in a frame: an alias, a role, a kind. */
export const Tag = ({ children, tone = 'idle' }: { children: string; tone?: Tone | 'accent' }) => (
  <span className={css['tag']} data-tone={tone}>
    {children}
  </span>
)

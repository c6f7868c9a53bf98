import type { Static } from '../kernel/contract.ts'
import { type commitCreated, globMatcher } from '../data/contract.ts'
import type { alertRaised } from '../monitoring/contract.ts'
import type { Source, Trigger } from './contract.ts'

type Commit = Pick<
  Static<typeof commitCreated.data>,
  'repository' | 'branch' | 'commit' | 'changes' | 'total'
>
type Alert = Pick<
  Static<typeof alertRaised.data>,
  'monitor' | 'rule' | 'value' | 'limit' | 'direction' | 'window'
>

export const sourceOf = ({ on }: Trigger): Source => {
  if (on.data) return 'data'
  if (on.alert) return 'alert'
  if (on.calendar) return 'calendar'
  return on.webhook ? 'webhook' : 'manual'
}

/** What the trigger sees in a commit, in words; undefined when it is none of its business. */
export const matchCommit = ({ on }: Trigger, commit: Commit): string | undefined => {
  const wanted = on.data
  if (!wanted || wanted.repository !== commit.repository || (wanted.branch ?? 'main') !== commit.branch)
    return undefined
  const name = `Commit ${commit.commit.slice(0, 12)} to ${commit.repository}/${commit.branch}`
  if (!wanted.paths) return `${name} changed ${commit.total} files`
  const matchers = wanted.paths.map(globMatcher)
  const hit = commit.changes.find(({ path }) => matchers.some((matches) => matches(path)))
  if (hit) return `${name} changed ${hit.path}`
  // The event names a part of a large commit only; a change that cannot be ruled out counts as one.
  if (commit.total > commit.changes.length)
    return `${name} changed ${commit.total} files, of which only ${commit.changes.length} are named in the event`
  return undefined
}

const short = (value: number): string => String(Number(value.toPrecision(4)))

/** What the trigger sees in an alert, in words; undefined when it is none of its business. */
export const matchAlert = ({ on }: Trigger, alert: Alert, isRepeat: boolean): string | undefined => {
  const wanted = on.alert
  if (!wanted || wanted.monitor !== alert.monitor) return undefined
  if (isRepeat && wanted.repeats === false) return undefined
  if (wanted.rules && !wanted.rules.includes(alert.rule)) return undefined
  const again = isRepeat ? ' again' : ''
  return `In ${alert.window.id} ${alert.rule} was ${short(alert.value)}, ${alert.direction} the limit of ${alert.limit}${again}`
}

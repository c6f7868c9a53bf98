import type { Static } from '../../../../src/kernel/contract.ts'
import type { ColumnDrift } from '../../../../src/monitoring/contract.ts'
import { useSay } from '../../text/text.tsx'
import { useFormat } from '../../ui/format.ts'
import css from './monitoring.module.css'

type Drift = Static<typeof ColumnDrift>

/** Both distributions of a column, bin by bin: a table with bars in it, so it needs no second form. */
export const Distribution = ({ drift, window }: { drift: Drift; window: string }) => {
  const say = useSay()
  const { share, metric } = useFormat()
  const full = Math.max(...drift.bins.flatMap(({ reference, current }) => [reference, current]), 1e-9)
  const bar = (value: number, kind: 'reference' | 'current') => (
    <span className={css['bar']}>
      <span className={css['barFill']} data-kind={kind} style={{ width: `${(value / full) * 100}%` }} />
      <span className={css['barValue']}>{share(value)}</span>
    </span>
  )
  return (
    <div className={css['distribution']}>
      <h3>{say('monitoring.distribution', { column: drift.column, window })}</h3>
      <p className={css['facts']}>
        {drift.method} {metric(drift.value)} · {say('monitoring.limit')} {metric(drift.limit)}
        {drift.reason === undefined ? null : ` · ${drift.reason}`}
        {drift.unseen.length === 0 ? null : ` · ${drift.unseen.join(', ')}`}
      </p>
      <table className={css['bins']}>
        <thead>
          <tr>
            <th scope="col">{drift.column}</th>
            <th scope="col">{say('monitoring.reference')}</th>
            <th scope="col">{window}</th>
          </tr>
        </thead>
        <tbody>
          {drift.bins.map(({ label, reference, current }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{bar(reference, 'reference')}</td>
              <td>{bar(current, 'current')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

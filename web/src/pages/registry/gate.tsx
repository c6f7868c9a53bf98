import type { Candidate, ModelVersion } from '../../../../src/registry/contract.ts'
import { useSay } from '../../text/text.tsx'
import { useFormat } from '../../ui/format.ts'
import { Quiet } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import css from './registry.module.css'

type Gate = ModelVersion['gate']

/** A gate's decision, rule by rule, in its own words. */
export const GateRules = ({ gate }: { gate: Gate }) => {
  const say = useSay()
  return (
    <>
      {gate.note === null ? null : <p className={css['note']}>{gate.note}</p>}
      {gate.champion === null ? null : (
        <p className={css['note']}>
          <Quiet>{say('registry.champion', { version: gate.champion })}</Quiet>
        </p>
      )}
      {gate.results.length === 0 ? (
        gate.note === null ? (
          <p className={css['note']}>{say('registry.noGate')}</p>
        ) : null
      ) : (
        <Table
          label={say('registry.gate')}
          rows={gate.results}
          keyOf={({ rule }) => rule}
          columns={[
            { key: 'outcome', head: '', cell: ({ outcome }) => <Status of={outcome} /> },
            { key: 'rule', head: say('registry.rule'), isLong: true, cell: ({ rule }) => rule },
            { key: 'why', head: say('registry.why'), isLong: true, cell: ({ why }) => why },
          ]}
        />
      )}
    </>
  )
}

/** Metrics in alphabetical order; a metric that has a champion's twin stands beside it. */
export const MetricsTable = ({ metrics }: { metrics: Candidate['metrics'] }) => {
  const say = useSay()
  const { metric } = useFormat()
  return (
    <Table
      label={say('registry.metrics')}
      rows={Object.entries(metrics).sort(([a], [b]) => a.localeCompare(b))}
      keyOf={([name]) => name}
      columns={[
        { key: 'name', head: say('registry.metrics'), cell: ([name]) => name },
        { key: 'value', head: '', isFigure: true, cell: ([, value]) => metric(value) },
      ]}
    />
  )
}

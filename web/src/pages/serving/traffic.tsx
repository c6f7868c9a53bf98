import { useEffect, useState } from 'react'
import type { EndpointPage } from '../../../../src/serving/contract.ts'
import { useSay } from '../../text/text.tsx'
import { Chart } from '../../ui/chart.tsx'
import type { Series } from '../../ui/chart-shape.ts'
import { Figure, Figures } from '../../ui/facts.tsx'
import { useFormat } from '../../ui/format.ts'
import { Split } from '../../ui/meter.tsx'
import { Panel } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import css from './serving.module.css'

const kept = 60
const colors = [1, 2, 3, 4] as const
type Sample = { at: number; rates: Record<string, number> }

/** What the page has seen since it was opened: the server tells the present only. */
const useSamples = (endpoint: EndpointPage, at: number): readonly Sample[] => {
  const [samples, setSamples] = useState<readonly Sample[]>([])
  useEffect(() => {
    const rates = Object.fromEntries(
      endpoint.variants.map(({ name, traffic }) => [name, traffic.predictionsPerSecond]),
    )
    setSamples((before) => (before.at(-1)?.at === at ? before : [...before, { at, rates }].slice(-kept)))
  }, [endpoint, at])
  return samples
}

const Lines = ({ endpoint, at }: { endpoint: EndpointPage; at: number }) => {
  const say = useSay()
  const { clock, rate } = useFormat()
  const samples = useSamples(endpoint, at)
  if (samples.length < 3) return null
  const names = [...new Set(samples.flatMap(({ rates }) => Object.keys(rates)))]
  return (
    <Chart
      title={say('traffic.lines')}
      x={samples.map((sample) => clock(sample.at))}
      xLabel={say('traffic.time')}
      series={names.map((name, index): Series => ({
        label: name,
        color: colors[index % colors.length] ?? 1,
        isDots: false,
        isDashed: name === 'shadow',
        values: samples.map(({ rates }) => rates[name] ?? null),
      }))}
      height={150}
      format={rate}
    />
  )
}

const Variants = ({ variants }: { variants: EndpointPage['variants'] }) => {
  const say = useSay()
  const format = useFormat()
  return (
    <Table
      label={say('endpoints.variant')}
      rows={variants}
      keyOf={({ name }) => name}
      columns={[
        { key: 'name', head: say('endpoints.variant'), cell: ({ name }) => name },
        { key: 'role', head: say('endpoints.role'), cell: ({ role }) => <Status of={role} /> },
        { key: 'version', head: say('endpoints.version'), isFigure: true, cell: ({ version }) => version },
        {
          key: 'weight',
          head: say('endpoints.weight'),
          isFigure: true,
          cell: ({ weight, role }) => (role === 'shadow' ? '–' : `${weight} %`),
        },
        {
          key: 'rate',
          head: say('traffic.perSecond'),
          isFigure: true,
          cell: ({ traffic }) => format.rate(traffic.predictionsPerSecond),
        },
        {
          key: 'p50',
          head: say('traffic.p50'),
          isFigure: true,
          isMinor: true,
          cell: ({ traffic }) => format.duration(traffic.latencyP50Ms),
        },
        {
          key: 'p95',
          head: say('traffic.p95'),
          isFigure: true,
          cell: ({ traffic }) => format.duration(traffic.latencyP95Ms),
        },
        {
          key: 'errors',
          head: say('traffic.errors'),
          isFigure: true,
          cell: ({ traffic }) => format.share(traffic.errorRate),
        },
        {
          key: 'mean',
          head: say('traffic.mean'),
          isFigure: true,
          isMinor: true,
          cell: ({ traffic }) => format.metric(traffic.meanPrediction),
        },
      ]}
    />
  )
}

/** Who answers how much, how fast, and how well, now. */
export const TrafficPanel = ({ endpoint, at }: { endpoint: EndpointPage; at: number }) => {
  const say = useSay()
  const format = useFormat()
  const { traffic, variants } = endpoint
  return (
    <Panel
      title={say('traffic.title')}
      aside={say('traffic.since', { time: format.duration(traffic.overMs) })}
      flush
    >
      <div className={css['inner']}>
        <Figures>
          <Figure label={say('traffic.requests')} value={format.rate(traffic.requestsPerSecond)} />
          <Figure label={say('traffic.perSecond')} value={format.rate(traffic.predictionsPerSecond)} />
          <Figure label={say('traffic.p50')} value={format.duration(traffic.latencyP50Ms)} />
          <Figure label={say('traffic.p95')} value={format.duration(traffic.latencyP95Ms)} />
          <Figure label={say('traffic.errors')} value={format.share(traffic.errorRate)} />
        </Figures>
        <Split
          label={say('endpoints.split')}
          parts={variants
            .filter(({ role }) => role === 'live')
            .map(({ name, version, weight }) => ({
              key: name,
              label: `${name} v${version}`,
              share: weight,
              tone: name === 'canary' ? ('next' as const) : ('live' as const),
            }))}
        />
        <Lines endpoint={endpoint} at={at} />
      </div>
      <Variants variants={variants} />
    </Panel>
  )
}

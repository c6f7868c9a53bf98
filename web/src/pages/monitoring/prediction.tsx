import { Link, useParams } from '@tanstack/react-router'
import type { Static } from '../../../../src/kernel/contract.ts'
import { monitoringRoutes, type PredictionView } from '../../../../src/monitoring/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, CopyButton, curlOf } from '../../ui/copy.tsx'
import { Figure, Figures } from '../../ui/facts.tsx'
import { useFormat } from '../../ui/format.ts'
import { valueText } from '../../ui/json.tsx'
import { LoadedPage } from '../../ui/loaded.tsx'
import { Columns, Page, Panel, Quiet } from '../../ui/page.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { LineagePanel } from './lineage.tsx'

type Prediction = Static<typeof PredictionView>

const useOutput = () => {
  const { metric } = useFormat()
  return (output: unknown) => (typeof output === 'number' ? metric(output) : valueText(output))
}

const toMillis = (at: number | string): number => (typeof at === 'number' ? at : Date.parse(at))

const Answer = ({ project, prediction }: { project: string; prediction: Prediction }) => {
  const say = useSay()
  const format = useFormat()
  const show = useOutput()
  const { line, release, label } = prediction
  const { eventTime } = line
  return (
    <Panel>
      <Figures>
        <Figure
          label={say('monitoring.output')}
          value={line.error === undefined ? show(line.output) : line.error}
          note={<Ago at={toMillis(line.at)} />}
        />
        <Figure
          label={say('monitoring.label')}
          value={label === null ? say('monitoring.noLabel') : format.metric(label.value)}
          note={label === null ? null : <Ago at={label.at} />}
        />
        <Figure
          label={say('monitoring.version')}
          value={
            release === null ? (
              line.version
            ) : (
              <Link to={places.version(project, release.model, release.version)}>
                {release.model} {release.version}
              </Link>
            )
          }
          note={line.variant}
        />
        <Figure label={say('monitoring.latency')} value={format.duration(line.latencyMs)} />
        {eventTime === undefined || eventTime === null ? null : (
          <Figure
            label={say('monitoring.time')}
            value={format.day(toMillis(eventTime))}
            note={new Date(toMillis(eventTime)).toISOString()}
          />
        )}
      </Figures>
    </Panel>
  )
}

const Inputs = ({ line }: Pick<Prediction, 'line'>) => {
  const say = useSay()
  const { figure } = useFormat()
  // Whole numbers are often codes and years: they are shown as they came.
  const shown = (value: unknown) => {
    if (value === null) return <Quiet>–</Quiet>
    return typeof value === 'number' && !Number.isInteger(value) ? figure(value) : valueText(value)
  }
  return (
    <Panel title={say('monitoring.inputs')} flush>
      <Table
        label={say('monitoring.inputs')}
        rows={Object.entries(line.inputs)}
        keyOf={([name]) => name}
        columns={[
          { key: 'name', head: say('monitoring.input'), cell: ([name]) => name },
          {
            key: 'value',
            head: say('monitoring.value'),
            isFigure: true,
            cell: ([, value]) => shown(value),
          },
        ]}
      />
    </Panel>
  )
}

const Shadows = ({ shadows }: Pick<Prediction, 'shadows'>) => {
  const say = useSay()
  const show = useOutput()
  if (shadows.length === 0) return null
  return (
    <Panel title={say('monitoring.shadowAnswers')} flush>
      <Table
        label={say('monitoring.shadowAnswers')}
        rows={shadows}
        keyOf={({ variant, version }) => `${variant} ${version}`}
        columns={[
          {
            key: 'variant',
            head: say('monitoring.variant'),
            cell: ({ version }) => say('monitoring.shadowOf', { version }),
          },
          {
            key: 'output',
            head: say('monitoring.output'),
            isFigure: true,
            cell: ({ output }) => show(output),
          },
        ]}
      />
    </Panel>
  )
}

export const PredictionPage = () => {
  const say = useSay()
  const { project, prediction: id } = useParams({ from: '/projects/$project/predictions/$prediction' })
  const which = { project, prediction: id }
  const asked = useApi(monitoringRoutes.getPrediction, which)
  return (
    <LoadedPage asked={asked}>
      {(prediction) => (
        <Page
          kind={
            <>
              {say('monitoring.prediction')} ·{' '}
              <Link to={places.endpoint(project, prediction.endpoint)}>{prediction.endpoint}</Link>
            </>
          }
          title={id}
          beside={<CopyButton text={id} />}
          lead={prediction.explanation}
          actions={
            <CopyAs
              curl={() => curlOf(monitoringRoutes.getPrediction, which)}
              cli={commands.prediction(project, id)}
            />
          }
        >
          <Answer project={project} prediction={prediction} />
          <LineagePanel project={project} prediction={id} />
          <Columns>
            <Inputs line={prediction.line} />
            <Shadows shadows={prediction.shadows} />
          </Columns>
        </Page>
      )}
    </LoadedPage>
  )
}

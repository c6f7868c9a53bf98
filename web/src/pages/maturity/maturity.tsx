import { useParams } from '@tanstack/react-router'
import { maturityRoutes, type Report } from '../../../../src/maturity/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, CopyButton, curlOf } from '../../ui/copy.tsx'
import { Figure, Figures } from '../../ui/facts.tsx'
import { useFormat } from '../../ui/format.ts'
import { LoadedPage } from '../../ui/loaded.tsx'
import { Columns, Page, Panel, Quiet } from '../../ui/page.tsx'
import { Tag } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Bullets } from './bullets.tsx'
import css from './maturity.module.css'

const Grid = ({ report }: { report: Report }) => {
  const say = useSay()
  return (
    <Panel title={say('maturity.grid')} flush>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={css['scroll']} role="region" aria-label={say('maturity.grid')} tabIndex={0}>
        <table className={css['grid']}>
          <thead>
            <tr>
              <th scope="col">{say('maturity.columnHead')}</th>
              {[1, 2, 3, 4].map((level) => (
                <th key={level} scope="col">
                  {say('maturity.level', { level })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.columns.map(({ column, levels, deciding }) => (
              <tr key={column}>
                <th scope="row">
                  {say(`maturity.column.${column}`)}{' '}
                  {deciding ? null : <Quiet>{say('maturity.notDeciding')}</Quiet>}
                </th>
                {levels.map(({ level, met, of, reached }) => (
                  <td key={level} data-reached={reached}>
                    <span className={css['bar']} style={{ width: `${of === 0 ? 0 : (met / of) * 100}%` }} />
                    <span className={css['count']}>{say('maturity.metOf', { met, of })}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

const Steps = ({ report }: { report: Report }) => {
  const say = useSay()
  const { level, steps } = report.next
  if (level === null) return <Panel>{say('maturity.nextNone')}</Panel>
  return (
    <Panel title={say('maturity.next', { level })} flush>
      <ol className={css['steps']}>
        {steps.slice(0, 8).map((step) => (
          <li key={step.evidence}>
            <div className={css['stepHead']}>
              <strong>{step.title}</strong>
              <Tag>{say(`maturity.effort.${step.effort}`)}</Tag>
              <Quiet>{step.evidence}</Quiet>
            </div>
            <p>{step.say}</p>
            <p>
              <Quiet>{step.sentence}</Quiet>
            </p>
            {step.command === null ? null : (
              <p className={css['command']}>
                <code>{step.command}</code>
                <CopyButton text={step.command} />
              </p>
            )}
          </li>
        ))}
      </ol>
    </Panel>
  )
}

const Delivery = ({ report }: { report: Report }) => {
  const say = useSay()
  const format = useFormat()
  const shown = ({ unit, value }: Report['delivery']['figures'][number]) => {
    if (value === null) return '–'
    if (unit === 'ms') return format.duration(value)
    return unit === 'share' ? format.share(value) : say('maturity.perWeek', { value: format.rate(value) })
  }
  return (
    <Panel title={say('maturity.delivery', { days: report.delivery.windowDays })} flush>
      <Table
        label={say('maturity.delivery', { days: report.delivery.windowDays })}
        rows={report.delivery.figures}
        keyOf={({ id }) => id}
        columns={[
          {
            key: 'title',
            head: '',
            isLong: true,
            cell: ({ title, sentence }) => <span title={sentence}>{title}</span>,
          },
          { key: 'value', head: '', isFigure: true, cell: shown },
          {
            key: 'p90',
            head: '',
            isFigure: true,
            isMinor: true,
            cell: ({ p90, unit }) =>
              p90 === null || unit !== 'ms' ? null : (
                <Quiet>{say('maturity.p90', { time: format.duration(p90) })}</Quiet>
              ),
          },
          {
            key: 'n',
            head: '',
            isFigure: true,
            cell: ({ n }) => <Quiet>{say('maturity.records', { n })}</Quiet>,
          },
        ]}
      />
    </Panel>
  )
}

const Summary = ({ report }: { report: Report }) => {
  const say = useSay()
  const { measured, declared, counts } = report
  return (
    <Panel>
      <Figures>
        <Figure
          label={say('maturity.measured')}
          value={measured.level}
          note={say('maturity.held', {
            columns: measured.holdingBack.map((column) => say(`maturity.column.${column}`)).join(', '),
          })}
        />
        <Figure
          label={say('maturity.capabilities')}
          value={say('maturity.metOf', { met: counts.capabilitiesMet, of: counts.capabilities })}
          note={say('maturity.declared', { level: declared.level })}
        />
      </Figures>
    </Panel>
  )
}

export const MaturityPage = () => {
  const say = useSay()
  const { project } = useParams({ from: '/projects/$project/maturity' })
  const asked = useApi(maturityRoutes.getMaturity, { project })
  return (
    <LoadedPage asked={asked}>
      {(report) => (
        <Page
          title={say('maturity.title')}
          lead={report.definition.summary}
          actions={
            <CopyAs
              curl={() => curlOf(maturityRoutes.getMaturity, { project })}
              cli={commands.maturity(project)}
            />
          }
        >
          <Summary report={report} />
          <Columns>
            <Grid report={report} />
            <Delivery report={report} />
          </Columns>
          <Steps report={report} />
          <Bullets report={report} />
          <Panel title={say('maturity.limits')}>
            <ul className={css['limits']}>
              {report.limits.map((limit) => (
                <li key={limit}>{limit}</li>
              ))}
            </ul>
          </Panel>
        </Page>
      )}
    </LoadedPage>
  )
}

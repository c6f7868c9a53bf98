import type { Rollout } from '../../../../src/serving/contract.ts'
import { servingRoutes } from '../../../../src/serving/contract.ts'
import { commands } from '../../commands.ts'
import { useSay } from '../../text/text.tsx'
import { Act } from '../../ui/act.tsx'
import { useFormat } from '../../ui/format.ts'
import { Against } from '../../ui/meter.tsx'
import { Panel, Quiet } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import css from './serving.module.css'

const isOver = (rollout: Rollout) => rollout.status === 'completed' || rollout.status === 'rolled_back'

const stateOf = (rollout: Rollout, index: number): 'done' | 'now' | 'back' | 'next' => {
  if (rollout.status === 'completed' || index < rollout.step) return 'done'
  if (index > rollout.step) return 'next'
  return rollout.status === 'rolled_back' ? 'back' : 'now'
}

const Steps = ({ rollout }: { rollout: Rollout }) => {
  const say = useSay()
  const { duration } = useFormat()
  return (
    <ol className={css['steps']} aria-label={say('endpoints.steps')}>
      {rollout.steps.map((step, index) => (
        <li
          key={step.weight}
          className={css['step']}
          data-state={stateOf(rollout, index)}
          {...(stateOf(rollout, index) === 'now' ? { 'aria-current': 'step' as const } : {})}
        >
          <span className={css['weight']}>{say('endpoints.stepWeight', { weight: step.weight })}</span>
          <span>
            {step.minRequests > 0 ? say('endpoints.stepRequests', { n: step.minRequests }) : null}
            {step.bakeMs > 0 ? ` ${say('endpoints.stepBake', { time: duration(step.bakeMs) })}` : null}
          </span>
          <span>{step.reachedAt === null ? null : <Ago at={step.reachedAt} />}</span>
        </li>
      ))}
    </ol>
  )
}

const Analysis = ({ analysis }: { analysis: NonNullable<Rollout['analysis']> }) => {
  const say = useSay()
  const format = useFormat()
  const shown = (name: string, value: number | null) =>
    name === 'errorRate'
      ? format.share(value)
      : name === 'latencyP95Ms'
        ? format.duration(value)
        : format.metric(value)
  return (
    <Table
      label={say('endpoints.analysis')}
      rows={analysis.checks}
      keyOf={({ name }) => name}
      columns={[
        { key: 'verdict', head: say('endpoints.verdict'), cell: ({ verdict }) => <Status of={verdict} /> },
        {
          key: 'name',
          head: say('endpoints.figure'),
          cell: ({ name, explanation }) => <span title={explanation}>{say(`endpoints.check.${name}`)}</span>,
        },
        { key: 'value', head: '', isFigure: true, cell: ({ name, value }) => shown(name, value) },
        {
          key: 'bar',
          head: '',
          isMinor: true,
          cell: ({ value, limit, verdict, explanation }) => (
            <Against label={explanation} value={value} limit={limit} isPast={verdict === 'fail'} />
          ),
        },
        {
          key: 'limit',
          head: say('endpoints.limit'),
          isFigure: true,
          cell: ({ name, limit }) => shown(name, limit),
        },
        { key: 'why', head: '', isLong: true, isMinor: true, cell: ({ explanation }) => explanation },
      ]}
    />
  )
}

const Steering = ({ project, rollout }: { project: string; rollout: Rollout }) => {
  const say = useSay()
  const input = (reason: string | undefined) => ({
    project,
    endpoint: rollout.endpoint,
    ...(reason === undefined ? {} : { reason }),
  })
  if (isOver(rollout)) return null
  return (
    <>
      {rollout.status === 'paused' ? (
        <Act
          label={say('endpoints.resume')}
          icon="play"
          tone="main"
          route={servingRoutes.resumeRollout}
          input={input}
        />
      ) : (
        <Act label={say('endpoints.pause')} icon="pause" route={servingRoutes.pauseRollout} input={input} />
      )}
      <Act
        label={say('endpoints.promote')}
        route={servingRoutes.promoteRollout}
        input={input}
        ask={say('endpoints.promoteAsk')}
        cli={commands.promote(project, rollout.endpoint)}
        words={say('endpoints.reason')}
      />
      <Act
        label={say('endpoints.abort')}
        icon="back"
        tone="danger"
        route={servingRoutes.abortRollout}
        input={input}
        ask={say('endpoints.abortAsk')}
        cli={commands.abort(project, rollout.endpoint)}
        words={say('endpoints.reason')}
      />
    </>
  )
}

/** A rollout step by step, with the figures that let it grow held against their limits. */
export const RolloutPanel = ({ project, rollout }: { project: string; rollout: Rollout }) => {
  const say = useSay()
  const format = useFormat()
  const { analysis } = rollout
  return (
    <Panel
      title={say('endpoints.rollout', { version: rollout.version })}
      aside={
        <>
          <Status of={rollout.status} />
          <Steering project={project} rollout={rollout} />
        </>
      }
      flush
    >
      <div className={css['inner']}>
        <Steps rollout={rollout} />
        {rollout.step < 0 && !isOver(rollout) ? <p>{say('endpoints.stepLoading')}</p> : null}
        {rollout.outcome === null || rollout.outcome === rollout.status ? null : (
          <p className={css['outcome']}>{rollout.outcome}</p>
        )}
        <Quiet>
          <Ago at={rollout.startedAt} />
          {rollout.champion === null || isOver(rollout)
            ? null
            : ` · ${say('endpoints.champion', { release: rollout.champion })}`}
          {isOver(rollout)
            ? null
            : ` · ${say('endpoints.deadline', { time: format.clock(rollout.deadlineAt) })}`}
          {analysis === null || isOver(rollout)
            ? null
            : ` · ${say('endpoints.analysisOver', { have: analysis.predictions, needed: analysis.needed })}`}
        </Quiet>
      </div>
      {analysis === null || analysis.checks.length === 0 ? null : <Analysis analysis={analysis} />}
    </Panel>
  )
}

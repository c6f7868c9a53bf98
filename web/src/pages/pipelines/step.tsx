import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { type Attempt, pipelineRoutes, type Run, type RunStep } from '../../../../src/pipelines/contract.ts'
import { requestOf } from '../../../../src/kernel/client.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Digest, shortDigest, shortId } from '../../ui/digest.tsx'
import { Facts } from '../../ui/facts.tsx'
import { useFormat } from '../../ui/format.ts'
import { valueText } from '../../ui/json.tsx'
import { Panel, Quiet } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Took } from '../../ui/time.tsx'
import { Inputs, Outputs } from './artifacts.tsx'
import { Log } from './log.tsx'
import css from './pipelines.module.css'

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <div className={css['part']}>
    <h3 className={css['partTitle']}>{title}</h3>
    {children}
  </div>
)

const Side = ({ value }: { value: unknown }) => {
  const text = valueText(value)
  return <code title={text}>{text.startsWith('sha256:') ? shortDigest(text) : text}</code>
}

const WhyItRan = ({ run, step }: { run: Run; step: RunStep }) => {
  const say = useSay()
  const { data } = useApi(
    pipelineRoutes.explainStep,
    { project: run.project, run: run.id, step: step.name },
    { isWanted: step.cache.key !== null },
  )
  if (!data) return null
  return (
    <Part title={data.hit ? say('pipelines.whyCached') : say('pipelines.why')}>
      <p className={css['why']}>{data.explanation}</p>
      {data.differences.length === 0 ? null : (
        <ul className={css['differences']}>
          {data.differences.map(({ path, here, there }) => (
            <li key={path}>
              <code>{path}</code>: {say('pipelines.here')} <Side value={here} />, {say('pipelines.there')}{' '}
              <Side value={there} />
            </li>
          ))}
        </ul>
      )}
    </Part>
  )
}

const AttemptFacts = ({ attempt }: { attempt: Attempt }) => {
  const say = useSay()
  const { duration, bytes } = useFormat()
  return (
    <Facts
      isWide
      facts={[
        [say('pipelines.status'), <Status key="s" of={attempt.status} />],
        [say('pipelines.duration'), <Took key="t" from={attempt.startedAt} to={attempt.finishedAt} />],
        attempt.cpuMs !== null && [say('pipelines.cpu'), duration(attempt.cpuMs)],
        attempt.peakMemoryBytes !== null && [say('pipelines.memory'), bytes(attempt.peakMemoryBytes)],
        attempt.exitCode !== null && [say('pipelines.exit'), attempt.exitCode],
      ]}
    />
  )
}

const Attempts = ({ run, step }: { run: Run; step: RunStep }) => {
  const say = useSay()
  const [chosen, setChosen] = useState<number>()
  const attempt = step.attempts.find((one) => one.attempt === chosen) ?? step.attempts.at(-1)
  if (!attempt) return null
  return (
    <>
      <Part title={say('pipelines.attempts')}>
        {step.attempts.length < 2 ? null : (
          <div className={css['attempts']}>
            {step.attempts.map((one) => (
              <button
                key={one.id}
                type="button"
                className={css['attempt']}
                aria-pressed={one === attempt}
                onClick={() => setChosen(one.attempt)}
              >
                {say('pipelines.attempt')} {one.attempt} <Status of={one.status} />
              </button>
            ))}
          </div>
        )}
        <AttemptFacts attempt={attempt} />
        {attempt.error === null ? null : (
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <div className={css['error']} tabIndex={0}>
            {attempt.error.message} {attempt.error.hint}
          </div>
        )}
      </Part>
      <Part title={say('pipelines.log')}>
        <Log project={run.project} run={run.id} step={step.name} attempt={attempt.attempt} />
      </Part>
    </>
  )
}

const Origin = ({ run, step }: { run: Run; step: RunStep }) => {
  const say = useSay()
  const parameters = Object.entries(step.parameters)
  return (
    <Part title={say('pipelines.step')}>
      <Facts
        facts={[
          step.uses !== null && [say('pipelines.uses'), <code key="u">{step.uses}</code>],
          step.command !== null && [say('pipelines.command'), <code key="c">{step.command.join(' ')}</code>],
          step.environment !== null && [say('pipelines.environment'), step.environment],
          step.cache.hit &&
            step.cache.from !== null && [
              say('pipelines.cacheFrom'),
              <Link key="f" to={places.pipelineRun(run.project, step.cache.from)}>
                <code>{shortId(step.cache.from)}</code>
              </Link>,
            ],
          step.cache.key !== null && ['cache', <Digest key="k" value={step.cache.key} />],
          ...parameters.map(([name, value]) => [name, <code key={name}>{valueText(value)}</code>] as const),
        ]}
      />
      {step.attempts.length === 0 && step.error !== null ? (
        <div className={css['error']}>
          {step.error.message} {step.error.hint}
        </div>
      ) : null}
    </Part>
  )
}

/** One step of a run: what it was given, what it did, what it said. */
export const StepPanel = ({ run, step }: { run: Run; step: RunStep }) => {
  const say = useSay()
  const which = { project: run.project, run: run.id, step: step.name }
  return (
    <Panel
      title={step.name}
      flush
      aside={
        <>
          <Status of={step.status} />
          <CopyAs
            curl={() => curlOf(pipelineRoutes.readLog, which)}
            cli={commands.stepLog(run.project, run.id, step.name)}
          />
        </>
      }
    >
      <Origin run={run} step={step} />
      <WhyItRan run={run} step={step} />
      <Part title={say('pipelines.inputs')}>
        {Object.keys(step.inputs).length === 0 ? (
          <Quiet>{say('pipelines.noInputs')}</Quiet>
        ) : (
          <div className={css['bleed']}>
            <Inputs project={run.project} inputs={step.inputs} />
          </div>
        )}
      </Part>
      <Part title={say('pipelines.outputs')}>
        {Object.keys(step.outputs).length === 0 ? (
          <Quiet>{say('pipelines.noOutputs')}</Quiet>
        ) : (
          <div className={css['bleed']}>
            <Outputs
              outputs={step.outputs}
              addressOf={(output) => requestOf(pipelineRoutes.readOutput, { ...which, output }).path}
            />
          </div>
        )}
      </Part>
      <Attempts key={step.name} run={run} step={step} />
    </Panel>
  )
}

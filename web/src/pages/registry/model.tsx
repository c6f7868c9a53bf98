import { Link, useParams, useSearch } from '@tanstack/react-router'
import {
  type Candidate,
  type Model,
  type ModelVersion,
  registryRoutes,
} from '../../../../src/registry/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Empty } from '../../ui/empty.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loaded, LoadedPage } from '../../ui/loaded.tsx'
import { Page, Panel, Quiet, Row } from '../../ui/page.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { GateRules, MetricsTable } from './gate.tsx'
import css from './registry.module.css'

const from = '/projects/$project/models/$model'

/** The figures that the gate judges come first: they are why a version is one. */
const judged = (model: Model, versions: readonly ModelVersion[]): string[] => {
  const named = [...new Set(model.gate.map(({ metric }) => metric))]
  const others = Object.keys(versions[0]?.metrics ?? {}).filter((name) => !named.includes(name))
  return [...named, ...others].slice(0, 4)
}

const Versions = ({ project, model }: { project: string; model: Model }) => {
  const say = useSay()
  const { metric } = useFormat()
  const asked = useApi(registryRoutes.listVersions, { project, model: model.name })
  const columnsOf = (versions: readonly ModelVersion[]): Column<ModelVersion>[] => [
    {
      key: 'version',
      head: say('registry.versionKind'),
      cell: ({ version, aliases }) => (
        <Row>
          <Link to={places.version(project, model.name, version)}>
            {say('registry.version', { version })}
          </Link>
          {aliases.map((alias) => (
            <Tag key={alias} tone="accent">
              {alias}
            </Tag>
          ))}
        </Row>
      ),
    },
    {
      key: 'state',
      head: say('registry.approval'),
      cell: ({ approval }) => <Status of={approval.needed === 0 ? 'none' : approval.state} />,
    },
    ...judged(model, versions).map((name): Column<ModelVersion> => ({
      key: name,
      head: name,
      isFigure: true,
      cell: ({ metrics }) => metric(metrics[name]),
    })),
    {
      key: 'by',
      head: say('registry.authors'),
      isMinor: true,
      cell: ({ authors }) => authors.map(({ name }) => name).join(', '),
    },
    {
      key: 'at',
      head: say('registry.created'),
      isFigure: true,
      cell: ({ createdAt }) => <Ago at={createdAt} />,
    },
  ]
  return (
    <Panel title={say('registry.versions')} flush>
      <Loaded asked={asked}>
        {({ versions }) =>
          versions.length === 0 ? (
            <Empty title={say('registry.noVersions')}>{say('registry.noVersionsWhy')}</Empty>
          ) : (
            <Table
              label={say('registry.versions')}
              rows={versions}
              keyOf={({ version }) => version}
              columns={columnsOf(versions)}
            />
          )
        }
      </Loaded>
    </Panel>
  )
}

const Decision = ({
  project,
  candidate,
  isOpen,
}: {
  project: string
  candidate: Candidate
  isOpen: boolean
}) => {
  const say = useSay()
  const { model, version, lineage } = candidate
  const failed = candidate.gate.results.filter(({ outcome }) => outcome === 'failed')
  return (
    <details className={css['decision']} open={isOpen}>
      <summary className={css['decisionHead']}>
        <Status of={candidate.decision} />
        {version === null ? (
          <span>{failed.map(({ why }) => why).join(' ') || say('registry.candidate')}</span>
        ) : (
          <strong>{say('registry.version', { version })}</strong>
        )}
        <span className={css['spring']} />
        <Quiet>
          {candidate.createdBy.name} <Ago at={candidate.at} />
        </Quiet>
      </summary>
      <div className={css['decisionBody']}>
        <div>
          <GateRules gate={candidate.gate} />
          {version === null ? null : (
            <p className={css['note']}>
              <Link to={places.version(project, model, version)}>{say('registry.version', { version })}</Link>
            </p>
          )}
          {lineage.pipelineRun === null ? null : (
            <p className={css['note']}>
              <Link to={places.pipelineRun(project, lineage.pipelineRun)}>{say('registry.pipelineRun')}</Link>
            </p>
          )}
        </div>
        <MetricsTable metrics={candidate.metrics} />
      </div>
    </details>
  )
}

const Decisions = ({ project, model }: { project: string; model: string }) => {
  const say = useSay()
  const { candidate: wanted } = useSearch({ from })
  const asked = useApi(registryRoutes.listCandidates, { project, model, limit: 50 })
  return (
    <Panel title={say('registry.candidates')} note={say('registry.candidatesNote')} flush>
      <Loaded asked={asked}>
        {({ candidates }) =>
          candidates.length === 0 ? (
            <Empty title={say('registry.noVersions')} />
          ) : (
            candidates.map((candidate) => (
              <Decision
                key={candidate.id}
                project={project}
                candidate={candidate}
                isOpen={candidate.id === wanted}
              />
            ))
          )
        }
      </Loaded>
    </Panel>
  )
}

export const ModelPage = () => {
  const say = useSay()
  const { project, model: name } = useParams({ from })
  const asked = useApi(registryRoutes.getModel, { project, model: name })
  return (
    <LoadedPage asked={asked}>
      {(model) => (
        <Page
          kind={say('registry.model')}
          title={model.name}
          beside={
            model.waiting > 0 ? <Tag tone="warn">{say('registry.waiting', { n: model.waiting })}</Tag> : null
          }
          lead={model.description}
          actions={
            <CopyAs
              curl={() => curlOf(registryRoutes.getModel, { project, model: name })}
              cli={commands.model(project, name)}
            />
          }
        >
          <Versions project={project} model={model} />
          <Decisions project={project} model={name} />
        </Page>
      )}
    </LoadedPage>
  )
}

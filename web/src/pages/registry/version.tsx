import { Link, useParams } from '@tanstack/react-router'
import { requestOf } from '../../../../src/kernel/client.ts'
import { type ModelVersion, registryRoutes } from '../../../../src/registry/contract.ts'
import { useApi } from '../../api.ts'
import { commands } from '../../commands.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { CopyAs, curlOf } from '../../ui/copy.tsx'
import { Digest, shortId } from '../../ui/digest.tsx'
import { Facts } from '../../ui/facts.tsx'
import { useFormat } from '../../ui/format.ts'
import { Loaded, LoadedPage } from '../../ui/loaded.tsx'
import { Columns, Page, Panel, Stack } from '../../ui/page.tsx'
import { Status, Tag } from '../../ui/status.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { ApprovalPanel } from './approval.tsx'
import { GateRules, MetricsTable } from './gate.tsx'
import { SignaturePanel } from './signature.tsx'

const LineagePanel = ({ version }: { version: ModelVersion }) => {
  const say = useSay()
  const { bytes } = useFormat()
  const { project, lineage } = version
  return (
    <Panel title={say('registry.lineage')}>
      <Facts
        facts={[
          lineage.pipelineRun !== null && [
            say('registry.pipelineRun'),
            <Link key="p" to={places.pipelineRun(project, lineage.pipelineRun)}>
              <code>{shortId(lineage.pipelineRun)}</code> {lineage.step}
            </Link>,
          ],
          lineage.trackingRun !== null && [
            say('registry.tracking'),
            <Link key="t" to={places.run(project, lineage.trackingRun)}>
              <code>{shortId(lineage.trackingRun)}</code>
            </Link>,
          ],
          [say('registry.code'), <Digest key="c" value={lineage.code} />],
          [say('registry.environment'), <Digest key="e" value={lineage.environment} />],
          ...Object.entries(lineage.commits).map(
            ([name, { repository, commit }]) =>
              [
                name,
                <Link key={name} to={places.commit(project, repository, commit)}>
                  {repository} <code title={commit}>{commit.slice(0, 10)}</code>
                </Link>,
              ] as const,
          ),
          [say('registry.baseline'), <Digest key="b" value={version.baseline} />],
          [say('registry.files'), <Digest key="f" value={version.files} />],
          [say('registry.format'), version.format ?? '–'],
          [say('registry.size'), bytes(version.sizeBytes)],
          version.source !== null && [say('registry.source'), version.source],
          [say('registry.seal'), version.seal === null ? say('ui.no') : say('registry.sealYes')],
          [say('registry.authors'), version.authors.map(({ name }) => name).join(', ')],
          [say('registry.created'), <Ago key="a" at={version.createdAt} />],
        ]}
      />
    </Panel>
  )
}

const Files = ({ project, model, version }: ModelVersion) => {
  const say = useSay()
  const { bytes } = useFormat()
  const which = { project, model, version }
  const asked = useApi(registryRoutes.listVersionFiles, which)
  return (
    <Panel title={say('registry.files')} flush>
      <Loaded asked={asked}>
        {({ files }) => (
          <Table
            label={say('registry.files')}
            rows={files}
            keyOf={({ path }) => path}
            columns={[
              {
                key: 'path',
                head: say('registry.file'),
                cell: ({ path }) => (
                  <a href={requestOf(registryRoutes.getVersionFile, { ...which, path }).path}>{path}</a>
                ),
              },
              { key: 'size', head: '', isFigure: true, cell: ({ sizeBytes }) => bytes(sizeBytes) },
              { key: 'digest', head: 'sha256', cell: ({ digest }) => <Digest value={digest} /> },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}

const VersionParts = ({ version }: { version: ModelVersion }) => {
  const say = useSay()
  const { definition } = version.gate
  return (
    <Columns wide>
      <Stack>
        <ApprovalPanel version={version} />
        <Panel
          title={
            definition === null
              ? say('registry.gate')
              : say('registry.gateOf', { version: definition.version })
          }
          aside={<Status of={version.gate.passed ? 'passed' : 'failed'} />}
          flush
        >
          <GateRules gate={version.gate} />
        </Panel>
        <SignaturePanel signature={version.signature} />
        <Files {...version} />
      </Stack>
      <Stack>
        <LineagePanel version={version} />
        <Panel flush>
          <MetricsTable metrics={version.metrics} />
        </Panel>
      </Stack>
    </Columns>
  )
}

export const VersionPage = () => {
  const say = useSay()
  const { project, model, version } = useParams({ from: '/projects/$project/models/$model/$version' })
  const which = { project, model, version: Number(version) }
  const asked = useApi(registryRoutes.getVersion, which)
  return (
    <LoadedPage asked={asked}>
      {(found) => (
        <Page
          kind={
            <>
              {say('registry.versionKind')} · <Link to={places.model(project, model)}>{model}</Link>
            </>
          }
          title={`${model} ${found.version}`}
          beside={
            <>
              {found.approval.needed === 0 ? null : <Status of={found.approval.state} />}
              {found.aliases.map((alias) => (
                <Tag key={alias} tone="accent">
                  {alias}
                </Tag>
              ))}
            </>
          }
          lead={found.description}
          actions={
            <CopyAs
              curl={() => curlOf(registryRoutes.getVersion, which)}
              cli={commands.version(project, model, found.version)}
            />
          }
        >
          <VersionParts version={found} />
        </Page>
      )}
    </LoadedPage>
  )
}

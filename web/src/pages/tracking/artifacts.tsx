import { useState } from 'react'
import { requestOf } from '../../../../src/kernel/client.ts'
import { type Artifact, trackingRoutes } from '../../../../src/tracking/contract.ts'
import { useApi } from '../../api.ts'
import { useSay } from '../../text/text.tsx'
import { Digest } from '../../ui/digest.tsx'
import { useFormat } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Panel, Quiet, Row } from '../../ui/page.tsx'
import { Table } from '../../ui/table.tsx'
import css from '../../ui/path.module.css'

const parentOf = (path: string): string => path.split('/').slice(0, -1).join('/')
const nameOf = (path: string): string => path.split('/').at(-1) ?? path

/** The files of a run, folder by folder. */
export const Artifacts = ({ project, run }: { project: string; run: string }) => {
  const say = useSay()
  const { bytes } = useFormat()
  const [path, setPath] = useState('')
  const asked = useApi(
    trackingRoutes.listArtifacts,
    { project, run, ...(path === '' ? {} : { path }) },
    { keepsShown: true },
  )
  const addressOf = (file: string) => requestOf(trackingRoutes.getArtifact, { project, run, path: file }).path
  return (
    <Panel title={say('tracking.artifacts')} aside={path === '' ? null : <code>{path}</code>} flush>
      <Loaded asked={asked}>
        {({ artifacts }) =>
          artifacts.length === 0 && path === '' ? (
            <p style={{ padding: '0 16px 14px' }}>
              <Quiet>{say('tracking.noArtifacts')}</Quiet>
            </p>
          ) : (
            <Table<Artifact>
              label={say('tracking.artifacts')}
              rows={[
                ...(path === ''
                  ? []
                  : [{ path: parentOf(path), kind: 'directory' as const, sizeBytes: null, digest: null }]),
                ...artifacts,
              ]}
              keyOf={(artifact) => artifact.path}
              columns={[
                {
                  key: 'name',
                  head: say('tracking.file'),
                  cell: (artifact) => (
                    <Row>
                      <Icon name={artifact.kind === 'file' ? 'file' : 'folder'} />
                      {artifact.kind === 'file' ? (
                        <a href={addressOf(artifact.path)}>{nameOf(artifact.path)}</a>
                      ) : (
                        <button type="button" className={css['open']} onClick={() => setPath(artifact.path)}>
                          {artifact.path.length < path.length ? '..' : nameOf(artifact.path)}
                        </button>
                      )}
                    </Row>
                  ),
                },
                { key: 'size', head: '', isFigure: true, cell: (artifact) => bytes(artifact.sizeBytes) },
                {
                  key: 'digest',
                  head: 'sha256',
                  isMinor: true,
                  cell: (artifact) => <Digest value={artifact.digest} />,
                },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  )
}

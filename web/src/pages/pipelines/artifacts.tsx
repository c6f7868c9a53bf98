import { Link } from '@tanstack/react-router'
import type { Artifact, ArtifactSource, SourcedArtifact } from '../../../../src/pipelines/contract.ts'
import { places } from '../../places.ts'
import { useSay } from '../../text/text.tsx'
import { Digest } from '../../ui/digest.tsx'
import { useFormat } from '../../ui/format.ts'
import { Table } from '../../ui/table.tsx'

const Source = ({ project, source }: { project: string; source: ArtifactSource }) => {
  const say = useSay()
  if ('repository' in source)
    return (
      <Link to={places.commit(project, source.repository, source.commit)}>
        {source.repository} <code title={source.commit}>{source.commit.slice(0, 10)}</code>
      </Link>
    )
  if ('model' in source)
    return (
      <Link to={places.version(project, source.model, source.version)}>
        {say('pipelines.source.model', { model: source.model, version: source.version })}
      </Link>
    )
  return <span>{say('pipelines.source.step', { step: source.step, output: source.output })}</span>
}

/** What went in: by name, with where it came from and its digest. */
export const Inputs = ({ project, inputs }: { project: string; inputs: Record<string, SourcedArtifact> }) => {
  const say = useSay()
  return (
    <Table
      label={say('pipelines.inputs')}
      rows={Object.entries(inputs)}
      keyOf={([name]) => name}
      columns={[
        { key: 'name', head: say('pipelines.input'), cell: ([name]) => name },
        { key: 'from', head: '', cell: ([, { source }]) => <Source project={project} source={source} /> },
        { key: 'digest', head: 'sha256', cell: ([, { digest }]) => <Digest value={digest} /> },
      ]}
    />
  )
}

type OutputsProps = { outputs: Record<string, Artifact>; addressOf: (output: string) => string }

/** What came out. JSON and files open as they are; a directory is known by its tree. */
export const Outputs = ({ outputs, addressOf }: OutputsProps) => {
  const say = useSay()
  const { bytes } = useFormat()
  return (
    <Table
      label={say('pipelines.outputs')}
      rows={Object.entries(outputs)}
      keyOf={([name]) => name}
      columns={[
        {
          key: 'name',
          head: say('pipelines.output'),
          cell: ([name, { kind }]) => (kind === 'directory' ? name : <a href={addressOf(name)}>{name}</a>),
        },
        { key: 'kind', head: '', cell: ([, { kind }]) => kind },
        {
          key: 'size',
          head: '',
          isFigure: true,
          isMinor: true,
          cell: ([, { sizeBytes }]) => bytes(sizeBytes),
        },
        { key: 'digest', head: 'sha256', cell: ([, { digest }]) => <Digest value={digest} /> },
      ]}
    />
  )
}

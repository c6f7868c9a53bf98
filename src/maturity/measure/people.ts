import type { Actor } from '../../kernel/contract.ts'
import { type History, releaseKey, versionKey } from '../history/history.ts'
import type { EvidenceRow } from '../schemas.ts'
import { type Finding, type Measure, recent, shareOf, type View } from './finding.ts'
import { actsOf, newReleases, rolloutsByRelease, trainingPipelines } from './select.ts'
import { trainingRepositories } from './creation.ts'

const rolesOf = ({ roles }: History, names: readonly string[]): Set<string> =>
  new Set(names.flatMap((name) => roles.get(name) ?? []))

const releaser = 'software engineer'
const dataSide = ['data scientist', 'data engineer', 'ML engineer']

export const softwareEngineersRelease: Measure = (view) => {
  const { history } = view
  const rollouts = rolloutsByRelease(history)
  const rows = recent(newReleases(history), view).map((release) => {
    const acts = actsOf(release, history, rollouts.get(releaseKey(release.endpoint, release.release)))
    const held = rolesOf(
      history,
      acts.map(({ name }) => name),
    )
    return {
      label: `release ${release.release} of ${release.endpoint}`,
      holds: held.has(releaser),
      why:
        acts.length === 0
          ? 'nobody took part'
          : `roles that took part: ${[...held].join(', ') || 'none known'}`,
      subject: release.subject,
      seqs: [release.seq, ...acts.map(({ seq }) => seq)],
    }
  })
  return shareOf(view, rows, {
    noun: 'release',
    hold: 'were approved or started by a software engineer',
    nothing: 'Nothing was released',
  })
}

type Touch = { seq: number; at: number; by: Pick<Actor, 'name'> }

/** Roles and objects only: who exactly did what is nobody’s business here. */
const together = (
  view: View,
  things: { label: string; subject: string; touches: Touch[] }[],
  sides: readonly (readonly string[])[],
): EvidenceRow[] =>
  things.map(({ label, subject, touches }) => {
    const held = rolesOf(
      view.history,
      touches.map(({ by }) => by.name),
    )
    return {
      label,
      holds: sides.every((side) => side.some((role) => held.has(role))),
      why: `roles that touched it: ${[...held].join(', ') || 'none known'}`,
      subject,
      seqs: touches.map(({ seq }) => seq),
    }
  })

const applied = (view: View, kind: string, name: string): Touch[] =>
  recent(view.history.applied, view).filter((one) => one.kind === kind && one.name === name)

export const dataPeopleTogether: Measure = (view): Finding => {
  const { history, facts } = view
  const pipelines = [...trainingPipelines(history, facts).keys()].map((name) => ({
    label: `pipeline ${name}`,
    subject: `pipeline/${name}`,
    touches: [
      ...applied(view, 'pipeline', name),
      ...recent(history.runs.values(), view).filter(({ pipeline }) => pipeline === name),
    ],
  }))
  const repositories = [...trainingRepositories(view)].map((name) => ({
    label: `repository ${name}`,
    subject: `repository/${name}`,
    touches: recent(history.commits, view).filter(({ repository }) => repository === name),
  }))
  return shareOf(
    view,
    together(view, [...pipelines, ...repositories], [['data scientist', 'ML engineer'], ['data engineer']]),
    {
      noun: 'shared object',
      hold: '(training pipelines and their repositories) were touched by data scientists and data engineers',
      nothing: 'There is no training pipeline',
    },
  )
}

export const sidesTogether: Measure = (view): Finding => {
  const { history } = view
  const releases = recent(newReleases(history), view)
  const endpoints = new Set([
    ...releases.map(({ endpoint }) => endpoint),
    ...view.facts.endpoints.map(({ name }) => name),
  ])
  const things = [...endpoints].map((name) => ({
    label: `endpoint ${name}`,
    subject: `endpoint/${name}`,
    touches: [
      ...applied(view, 'endpoint', name),
      ...releases
        .filter(({ endpoint }) => endpoint === name)
        .flatMap((release): Touch[] => {
          const approval = history.versions.get(versionKey(release.model, release.version))?.approval
          const approvers = (approval?.approvers ?? []).map((by) => ({
            seq: approval?.seq ?? 0,
            at: approval?.at ?? 0,
            by,
          }))
          return [release, ...approvers]
        }),
    ],
  }))
  return shareOf(view, together(view, things, [dataSide, [releaser]]), {
    noun: 'endpoint',
    hold: 'were touched by data people and software engineers',
    nothing: 'There is no endpoint',
  })
}

import type { Actor } from '../../kernel/contract.ts'
import { type History, releaseKey, versionKey } from '../history/history.ts'
import { type Finding, type Measure, recent, shareOf, type View, type Words } from './finding.ts'
import { actsOf, newReleases, rolloutsByRelease, trainingPipelines } from './select.ts'
import { trainingRepositories } from './creation.ts'

type Touch = { seq: number; by: Pick<Actor, 'name'> }
/** Something that people of several roles may have had a hand in. */
type Thing = { label: string; subject: string; seqs?: number[]; touches: Touch[] }

const rolesOf = ({ roles }: History, touches: readonly Touch[]): string[] => [
  ...new Set(touches.flatMap(({ by }) => roles.get(by.name) ?? [])),
]

/** Roles and things only: who exactly did what is nobody’s business here. Where no role is known there is no sign to read, good or bad. */
const touchedBy = (
  view: View,
  things: readonly Thing[],
  { sides, words }: { sides: readonly (readonly string[])[]; words: Words },
): Finding => {
  const seen = things.map((thing) => ({ ...thing, roles: rolesOf(view.history, thing.touches) }))
  const rows = seen.map(({ label, subject, seqs = [], touches, roles }) => ({
    label,
    holds: sides.every((side) => side.some((role) => roles.includes(role))),
    why: `roles that took part: ${roles.join(', ') || 'none known'}`,
    subject,
    seqs: [...seqs, ...touches.map(({ seq }) => seq)],
  }))
  const finding = shareOf(view, rows, words)
  if (rows.length === 0 || seen.some(({ roles }) => roles.length > 0)) return finding
  const sentence = `${finding.sentence} Nobody who took part has an account with a role.`
  return { ...finding, state: 'insufficient', sentence }
}

const releaser = 'software engineer'
const dataSide = ['data scientist', 'data engineer', 'ML engineer']

export const softwareEngineersRelease: Measure = (view) => {
  const { history } = view
  const rollouts = rolloutsByRelease(history)
  const things = recent(newReleases(history), view).map((release): Thing => {
    const acts = actsOf(release, history, rollouts.get(releaseKey(release.endpoint, release.release)))
    return {
      label: `release ${release.release} of ${release.endpoint}`,
      subject: release.subject,
      seqs: [release.seq],
      touches: acts.map(({ seq, name }) => ({ seq, by: { name } })),
    }
  })
  const words = {
    noun: 'release',
    hold: 'were approved or started by a software engineer',
    nothing: 'Nothing was released',
  }
  return touchedBy(view, things, { sides: [[releaser]], words })
}

const applied = (view: View, kind: string, name: string): Touch[] =>
  recent(view.history.applied, view).filter((one) => one.kind === kind && one.name === name)

export const dataPeopleTogether: Measure = (view) => {
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
  const words = {
    noun: 'shared object',
    hold: '(training pipelines and their repositories) were touched by data scientists and data engineers',
    nothing: 'There is no training pipeline',
  }
  const sides = [['data scientist', 'ML engineer'], ['data engineer']]
  return touchedBy(view, [...pipelines, ...repositories], { sides, words })
}

export const sidesTogether: Measure = (view) => {
  const { history, facts } = view
  const releases = recent(newReleases(history), view)
  const approvalsOf = (model: string, version: number): Touch[] => {
    const approval = history.versions.get(versionKey(model, version))?.approval
    return approval ? approval.approvers.map((by) => ({ seq: approval.seq, by })) : []
  }
  const names = new Set([
    ...releases.map(({ endpoint }) => endpoint),
    ...facts.endpoints.map(({ name }) => name),
  ])
  const things = [...names].map((name) => ({
    label: `endpoint ${name}`,
    subject: `endpoint/${name}`,
    touches: [
      ...applied(view, 'endpoint', name),
      ...releases
        .filter(({ endpoint }) => endpoint === name)
        .flatMap((release): Touch[] => [release, ...approvalsOf(release.model, release.version)]),
    ],
  }))
  const words = {
    noun: 'endpoint',
    hold: 'were touched by data people and software engineers',
    nothing: 'There is no endpoint',
  }
  return touchedBy(view, things, { sides: [dataSide, [releaser]], words })
}

import {
  Actor,
  definition,
  Digest,
  event,
  Millis,
  Name,
  Project,
  route,
  Type,
  type Definition,
  type Static,
  type TSchema,
} from '../kernel/contract.ts'
import { repositoryDefinition } from '../data/contract.ts'
import { featureViewDefinition } from '../features/contract.ts'
import { monitor } from '../monitoring/contract.ts'
import { environmentDefinition, pipelineDefinition } from '../pipelines/contract.ts'
import { modelDefinition } from '../registry/contract.ts'
import { endpointDefinition } from '../serving/contract.ts'
import { trigger } from '../triggers/contract.ts'

const closed = { additionalProperties: false } as const

/** Every section of `esteira.yaml`, in the order in which the loop goes round. */
export const sections = [
  repositoryDefinition,
  environmentDefinition,
  featureViewDefinition,
  modelDefinition,
  pipelineDefinition,
  endpointDefinition,
  monitor,
  trigger,
] as const satisfies readonly Definition[]

const named = (declared: Definition): TSchema =>
  Type.Optional(
    Type.Unsafe({
      type: 'object',
      description: declared.summary,
      propertyNames: { pattern: Name.pattern },
      additionalProperties: declared.schema,
    }),
  )

/** The whole of `esteira.yaml`. Published as JSON Schema, so that editors complete and check it. */
export const ProjectFile = Type.Object(
  {
    project: Type.String({ ...Name, description: 'Name of the project.' }),
    description: Type.Optional(Type.String({ description: 'What the project answers, in a sentence.' })),
    code: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Files and folders that steps may see. They are kept, as they are, with every apply.',
      }),
    ),
    ...Object.fromEntries(sections.map((declared) => [declared.section, named(declared)])),
  },
  { ...closed, $id: 'urn:esteira:schema:project', title: 'esteira.yaml' },
)
/** A valid file: sections by their names, bodies by theirs. */
export type ProjectFile = {
  project: string
  description?: string
  code?: string[]
} & { [section: string]: unknown }

export const CodeSource = Type.Object(
  {
    commit: Type.Optional(
      Type.String({ description: 'Commit of the code repository that the folder is of.' }),
    ),
    branch: Type.Optional(Type.String()),
    isDirty: Type.Optional(Type.Boolean({ description: 'The folder differs from that commit.' })),
  },
  closed,
)

/** The project itself: its description and the snapshot of its code. Not a section; it is the head of the file. */
export const projectDefinition = definition({
  kind: 'project',
  section: '',
  summary: 'The project and the snapshot of its code.',
  schema: Type.Object(
    {
      description: Type.Optional(Type.String()),
      tree: Type.Optional(Digest),
      source: Type.Optional(CodeSource),
    },
    closed,
  ),
})

export const Change = Type.Object({
  kind: Type.String(),
  name: Type.String(),
  action: Type.Union([Type.Literal('create'), Type.Literal('update'), Type.Literal('remove')]),
  fields: Type.Array(
    Type.Object({
      path: Type.String(),
      before: Type.Optional(Type.Unknown()),
      after: Type.Optional(Type.Unknown()),
    }),
  ),
})
export type Change = Static<typeof Change>

const Given = Type.Object(
  {
    file: Type.String({ description: 'The text of esteira.yaml.', maxLength: 2_000_000 }),
    tree: Type.Optional(
      Type.Unsafe<string>({ ...Digest, description: 'Tree of the code, its blobs uploaded before.' }),
    ),
    source: Type.Optional(CodeSource),
  },
  closed,
)
const Changes = Type.Object({ project: Name, changes: Type.Array(Change), unchanged: Type.Integer() })

export const projectApplied = event({
  type: 'project.applied',
  summary: 'A project file was applied.',
  data: Type.Object({
    created: Type.Integer(),
    updated: Type.Integer(),
    removed: Type.Integer(),
    tree: Type.Union([Digest, Type.Null()]),
    source: Type.Optional(CodeSource),
  }),
})

export const projectRoutes = {
  listProjects: route({
    method: 'GET',
    path: '/api/v1/projects',
    summary: 'Lists the projects of this server.',
    can: 'projects:read',
    reply: Type.Object({
      projects: Type.Array(
        Type.Object({ name: Name, description: Type.Union([Type.String(), Type.Null()]) }),
      ),
    }),
  }),
  getProject: route({
    method: 'GET',
    path: '/api/v1/projects/:project',
    summary: 'Shows what a project declares, each part with its version.',
    can: 'projects:read',
    params: Project,
    reply: Type.Object({
      name: Name,
      description: Type.Union([Type.String(), Type.Null()]),
      tree: Type.Union([Digest, Type.Null()]),
      source: Type.Union([CodeSource, Type.Null()]),
      appliedAt: Millis,
      appliedBy: Type.Pick(Actor, ['id', 'name']),
      definitions: Type.Array(
        Type.Object({
          kind: Type.String(),
          name: Type.String(),
          version: Type.Integer(),
          digest: Digest,
          createdAt: Millis,
        }),
      ),
    }),
    errors: ['not_found'],
  }),
  planProject: route({
    method: 'POST',
    path: '/api/v1/projects/:project/plan',
    summary: 'Says what applying this project file would change. Changes nothing.',
    can: 'projects:read',
    params: Project,
    body: Given,
    reply: Changes,
    errors: ['invalid', 'not_found'],
  }),
  applyProject: route({
    method: 'POST',
    path: '/api/v1/projects/:project/apply',
    summary: 'Makes the server declare exactly what this project file says.',
    can: 'projects:apply',
    params: Project,
    body: Given,
    reply: Changes,
    errors: ['invalid', 'not_found'],
  }),
  projectSchema: route({
    method: 'GET',
    path: '/api/v1/schemas/project.json',
    summary: 'JSON Schema of esteira.yaml, for editors.',
    can: 'public',
    reply: Type.Unknown(),
  }),
}

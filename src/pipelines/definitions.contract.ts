/** The sections `environments` and `pipelines` of the project file. */
import { Name, Type, definition, type Static } from '../kernel/contract.ts'

/** Names inside a pipeline. No dots: `steps.train.outputs.model` must read one way only. */
export const Identifier = Type.String({
  pattern: '^[A-Za-z][A-Za-z0-9_-]{0,62}$',
  description: 'A letter, then up to 62 letters, digits, hyphens or underscores.',
})

const Duration = Type.String({
  pattern: '^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$',
  description: 'A number and a unit: 500ms, 30s, 10m, 2h or 1d.',
})

const closed = { additionalProperties: false }

export const Environment = Type.Object(
  {
    lock: Type.String({
      minLength: 1,
      description: 'Path of a hashed requirements file (uv pip compile --generate-hashes), inside `code`.',
    }),
    python: Type.Optional(
      Type.String({
        description: 'Which Python may be used, for example ">=3.10". Any Python 3.10 or newer unless said.',
      }),
    ),
    description: Type.Optional(Type.String({ description: 'What the environment is for.' })),
  },
  closed,
)
export type Environment = Static<typeof Environment>

export const ParameterDeclaration = Type.Object(
  {
    type: Type.Union(
      [
        Type.Literal('string'),
        Type.Literal('integer'),
        Type.Literal('number'),
        Type.Literal('boolean'),
        Type.Literal('list'),
        Type.Literal('object'),
      ],
      { description: 'string, integer, number, boolean, list or object.' },
    ),
    default: Type.Optional(
      Type.Unknown({ description: 'Used when a run does not say; without it a run must say.' }),
    ),
    choices: Type.Optional(
      Type.Array(Type.Unknown(), { description: 'The only values allowed.', minItems: 1 }),
    ),
    description: Type.Optional(Type.String({ description: 'What the parameter does.' })),
  },
  closed,
)
export type ParameterDeclaration = Static<typeof ParameterDeclaration>

export const InputDeclaration = Type.Object(
  {
    repository: Type.Optional(Name),
    ref: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Branch, tag or commit of the repository; main unless said.',
      }),
    ),
    model: Type.Optional(Name),
    alias: Type.Optional(
      Type.String({ minLength: 1, description: 'Alias of the model, for example champion.' }),
    ),
    version: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Version of the model, instead of an alias.' }),
    ),
    optional: Type.Optional(
      Type.Boolean({ description: 'When true, a run starts without this input while there is none.' }),
    ),
    description: Type.Optional(Type.String({ description: 'What the input holds.' })),
  },
  { ...closed, description: 'Either a repository (pinned to a commit when a run starts) or a model.' },
)
export type InputDeclaration = Static<typeof InputDeclaration>

export const OutputKind = Type.Union(
  [Type.Literal('file'), Type.Literal('directory'), Type.Literal('json')],
  {
    description: 'file, directory, or json (a file that must hold one JSON document).',
  },
)
export type OutputKind = Static<typeof OutputKind>

const RetryDeclaration = Type.Object(
  {
    attempts: Type.Integer({
      minimum: 1,
      maximum: 100,
      description: 'How many times in all the step may be tried.',
    }),
    delay: Type.Optional(Duration),
    factor: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 10,
        description: 'Each delay is this many times the one before; 2 unless said.',
      }),
    ),
    maxDelay: Type.Optional(Duration),
  },
  {
    ...closed,
    description: 'Failed attempts are repeated. Attempts lost with their machine do not count here.',
  },
)

export const StepDeclaration = Type.Object(
  {
    run: Type.Optional(
      Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String(), { minItems: 1 })], {
        description:
          'The command: a line (quotes as in a shell, but no shell is started) or a list of arguments.',
      }),
    ),
    uses: Type.Optional(
      Type.String({ minLength: 1, description: 'A step that the platform brings, instead of `run`.' }),
    ),
    with: Type.Optional(
      Type.Record(Identifier, Type.Unknown(), {
        description: 'What a `uses` step works with: values, and references to inputs and outputs.',
      }),
    ),
    description: Type.Optional(Type.String({ description: 'What the step does.' })),
    environment: Type.Optional(Name),
    inputs: Type.Optional(
      Type.Record(Identifier, Type.String(), {
        description: 'Name in the step → "${{ inputs.x }}" or "${{ steps.s.outputs.o }}".',
      }),
    ),
    parameters: Type.Optional(
      Type.Record(Identifier, Type.Unknown(), {
        description: 'Name in the step → a value; text may hold "${{ parameters.x }}".',
      }),
    ),
    outputs: Type.Optional(
      Type.Record(Identifier, OutputKind, { description: 'Name → file, directory or json.' }),
    ),
    env: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), Type.String(), {
        description: 'Environment variables of the command.',
      }),
    ),
    after: Type.Optional(
      Type.Array(Identifier, { description: 'Steps that must succeed first, beside those referred to.' }),
    ),
    always: Type.Optional(
      Type.Boolean({ description: 'Runs once all earlier steps have ended, whether they succeeded or not.' }),
    ),
    retry: Type.Optional(RetryDeclaration),
    timeout: Type.Optional(Duration),
    cache: Type.Optional(
      Type.Boolean({
        description: 'false runs the step each time. Commands with outputs are cached unless said.',
      }),
    ),
  },
  closed,
)
export type StepDeclaration = Static<typeof StepDeclaration>

export const Pipeline = Type.Object(
  {
    description: Type.Optional(Type.String({ description: 'What the pipeline makes.' })),
    environment: Type.Optional(Name),
    parameters: Type.Optional(
      Type.Record(Identifier, ParameterDeclaration, { description: 'What a run may set.' }),
    ),
    inputs: Type.Optional(
      Type.Record(Identifier, InputDeclaration, {
        description: 'Data and models, pinned when a run starts.',
      }),
    ),
    steps: Type.Record(Identifier, StepDeclaration, {
      description: 'The steps, by name; order follows from references.',
    }),
  },
  closed,
)
export type Pipeline = Static<typeof Pipeline>

export const environmentDefinition = definition({
  kind: 'environment',
  section: 'environments',
  schema: Environment,
  summary: 'A Python environment, built from a hashed lock and shared by the steps that name it.',
})

export const pipelineDefinition = definition({
  kind: 'pipeline',
  section: 'pipelines',
  schema: Pipeline,
  summary: 'Steps that turn data and models into other data and models.',
})

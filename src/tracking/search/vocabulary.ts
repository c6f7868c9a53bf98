import { refuse } from './tokens.ts'

export type Kind = 'attribute' | 'metric' | 'param' | 'tag' | 'dataset'
export type Field = { kind: Kind; key: string }

/** What can be asked about one sort of thing: its attributes with their types, and the kinds of keys it has. */
export type Vocabulary = {
  kinds: readonly Kind[]
  attributes: Readonly<Record<string, 'text' | 'number'>>
  /** Attributes that take `in (…)`. */
  lists: readonly string[]
  aliases?: Readonly<Record<string, string>>
}

const prefixes: Readonly<Record<string, Kind>> = {
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
  tag: 'tag',
  tags: 'tag',
  dataset: 'dataset',
  datasets: 'dataset',
}

const datasetKeys = ['name', 'digest', 'context']

/** Reads `metrics.auc` as the metric `auc`; a name without a prefix is an attribute. */
export const fieldOf = (text: string, vocabulary: Vocabulary, column: number): Field => {
  const dot = text.indexOf('.')
  const prefix = dot < 0 ? 'attribute' : text.slice(0, dot)
  const kind = prefixes[prefix]
  if (!kind || !vocabulary.kinds.includes(kind)) {
    const known = Object.keys(prefixes).filter((name) =>
      vocabulary.kinds.includes(prefixes[name] ?? 'attribute'),
    )
    return refuse(`Invalid entity type '${prefix}'. Valid values are ${known.join(', ')}`, column)
  }
  const written = text.slice(dot + 1)
  if (kind === 'dataset' && !datasetKeys.includes(written))
    return refuse(
      `Invalid dataset key '${written}' specified. Valid keys are ${datasetKeys.join(', ')}`,
      column,
    )
  if (kind !== 'attribute') return { kind, key: written }
  const key = vocabulary.aliases?.[written] ?? written
  if (!Object.hasOwn(vocabulary.attributes, key))
    return refuse(
      `Invalid attribute key '${key}' specified. Valid keys are ${Object.keys(vocabulary.attributes).join(', ')}`,
      column,
    )
  return { kind, key }
}

export const isNumeric = ({ kind, key }: Field, vocabulary: Vocabulary): boolean =>
  kind === 'metric' || (kind === 'attribute' && vocabulary.attributes[key] === 'number')

export const runVocabulary: Vocabulary = {
  kinds: ['attribute', 'metric', 'param', 'tag', 'dataset'],
  attributes: {
    run_id: 'text',
    run_name: 'text',
    status: 'text',
    user_id: 'text',
    experiment_id: 'text',
    pipeline_run: 'text',
    start_time: 'number',
    end_time: 'number',
  },
  lists: ['run_id', 'experiment_id', 'status'],
  aliases: {
    created: 'start_time',
    Created: 'start_time',
    'run name': 'run_name',
    'Run name': 'run_name',
    'Run Name': 'run_name',
  },
}

export const experimentVocabulary: Vocabulary = {
  kinds: ['attribute', 'tag'],
  attributes: { name: 'text', experiment_id: 'text', creation_time: 'number', last_update_time: 'number' },
  lists: ['experiment_id'],
}

export const loggedModelVocabulary: Vocabulary = {
  kinds: ['attribute', 'metric', 'param', 'tag'],
  attributes: {
    name: 'text',
    model_id: 'text',
    model_type: 'text',
    status: 'text',
    source_run_id: 'text',
    creation_timestamp: 'number',
    creation_time: 'number',
    last_updated_timestamp: 'number',
  },
  lists: ['name', 'model_id', 'source_run_id', 'status'],
}

import type { Vocabulary } from '../../tracking/index.ts'

export const modelVocabulary: Vocabulary = {
  kinds: ['attribute', 'tag'],
  attributes: {
    name: 'text',
    creation_timestamp: 'number',
    last_updated_timestamp: 'number',
    timestamp: 'number',
  },
  lists: ['name'],
}

export const versionVocabulary: Vocabulary = {
  kinds: ['attribute', 'tag'],
  attributes: {
    name: 'text',
    run_id: 'text',
    source_path: 'text',
    version_number: 'number',
    creation_timestamp: 'number',
    last_updated_timestamp: 'number',
  },
  lists: ['name', 'run_id', 'source_path'],
}

const promptTag = 'mlflow.prompt.is_prompt'
const promptIsNot = /tags?\.[`"]?mlflow\.prompt\.is_prompt[`"]?\s*!=\s*(['"])true\1/gi

/**
 * MLflow keeps prompts among the models, and shows them only to those who ask for that tag. To its clients «is not a prompt»
 * is also true of a model without the tag, unlike any other `!=`.
 */
export const withoutPrompts = (filter: string | undefined): string => {
  const isNone = `(tags.\`${promptTag}\` is null or tags.\`${promptTag}\` = 'false')`
  if (filter === undefined || filter.trim() === '') return isNone
  return filter.includes(promptTag) ? filter.replaceAll(promptIsNot, isNone) : `(${filter}) and ${isNone}`
}

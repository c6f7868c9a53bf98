import { spawn } from 'node:child_process'
import { AppError } from '../../kernel/errors.ts'

export type Python = { path: string; version: string }

type Rule = { operator: string; version: number[]; isPrefix: boolean }

const rulePattern = /^(>=|<=|==|!=|>|<|~=)?\s*([0-9]+(?:\.[0-9]+)*)(\.\*)?$/

const ruleOf = (text: string): Rule => {
  const [, operator = '==', version = '', star] = rulePattern.exec(text.trim()) ?? []
  if (version === '')
    throw new AppError('invalid', `${JSON.stringify(text)} is not a version of Python.`, {
      hint: 'Write for example ">=3.10", ">=3.10,<3.13" or "3.12".',
    })
  return {
    operator,
    version: version.split('.').map(Number),
    isPrefix: star !== undefined || operator === '==',
  }
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  for (let place = 0; place < Math.max(a.length, b.length); place += 1) {
    const difference = (a[place] ?? 0) - (b[place] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const obeys = (version: readonly number[], { operator, version: wanted, isPrefix }: Rule): boolean => {
  const found = isPrefix ? version.slice(0, wanted.length) : version
  const order = compare(found, wanted)
  switch (operator) {
    case '>=':
      return order >= 0
    case '>':
      return order > 0
    case '<=':
      return order <= 0
    case '<':
      return order < 0
    case '!=':
      return order !== 0
    case '~=':
      return order >= 0 && compare(version.slice(0, wanted.length - 1), wanted.slice(0, -1)) === 0
    default:
      return order === 0
  }
}

/** Does a version such as 3.11.7 keep to a rule such as `>=3.10,<3.13`? Throws `invalid` for what is no rule. */
export const satisfies = (version: string, rule: string): boolean => {
  const numbers = version.split('.').map(Number)
  return rule
    .split(',')
    .map(ruleOf)
    .every((one) => obeys(numbers, one))
}

const question =
  'import sys, ensurepip, venv; print(sys.executable); print(".".join(map(str, sys.version_info[:3])))'

const ask = (program: string): Promise<Python | undefined> =>
  new Promise((resolve) => {
    const child = spawn(program, ['-c', question], { stdio: ['ignore', 'pipe', 'ignore'] })
    let told = ''
    child.stdout.on('data', (chunk: Buffer) => (told += chunk.toString('utf8')))
    child.once('error', () => resolve(undefined))
    child.once('close', (code) => {
      const [path, version] = told.trim().split('\n')
      resolve(code === 0 && path && version ? { path, version } : undefined)
    })
  })

const programs = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10']

/** The first Python on PATH that keeps to the rule. Throws `unavailable`, saying what to install. */
export const findPython = async (rule: string): Promise<Python> => {
  const seen: string[] = []
  for (const program of programs) {
    const python = await ask(program)
    if (!python) continue
    if (satisfies(python.version, rule)) return python
    seen.push(`${python.version} (${python.path})`)
  }
  const found =
    seen.length === 0 ? 'There is none with venv and pip.' : `There is ${[...new Set(seen)].join(', ')}.`
  throw new AppError('unavailable', `This machine has no Python ${rule}. ${found}`, {
    hint: 'Install it (Debian and Ubuntu: apt install python3 python3-venv; macOS: brew install python; else python.org), then retry the run. Steps that need no Python go on.',
  })
}

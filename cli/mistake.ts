import type { Command, CommanderError } from 'commander'
import { AppError } from '../src/kernel/errors.ts'
import { nearest } from '../src/kernel/nearest.ts'

const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()

/** The command that was meant, as far as the words name one. */
const commandOf = (program: Command, words: readonly string[]): Command => {
  let found = program
  for (const word of words) found = found.commands.find((command) => command.name() === word) ?? found
  return found
}

export const unknownCommand = (above: Command, word: string): AppError => {
  const path = pathOf(above)
  const close = nearest(
    word,
    above.commands.map((command) => command.name()),
  )
  return new AppError('invalid', `There is no command \`${path} ${word}\`.`, {
    hint: close ? `Did you mean \`${path} ${close}\`?` : `\`${path} --help\` lists all.`,
  })
}

const optionsOf = (command: Command): Command['options'][number][] =>
  command.parent ? [...command.options, ...optionsOf(command.parent)] : [...command.options]

const unknownOption = (command: Command, word: string): AppError => {
  const path = pathOf(command)
  const close = nearest(
    word,
    optionsOf(command).flatMap((option) => option.long ?? []),
  )
  return new AppError('invalid', `\`${path}\` has no option ${word}.`, {
    hint: close ? `Did you mean ${close}?` : `\`${path} --help\` lists all.`,
  })
}

const sentence = (text: string) => {
  const whole = `${text.charAt(0).toUpperCase()}${text.slice(1)}`
  return whole.endsWith('.') ? whole : `${whole}.`
}

/** What is wrong with a command line, and the nearest thing that would be right. */
export const mistakeOf = (error: CommanderError, program: Command, words: readonly string[]): AppError => {
  const command = commandOf(program, words)
  const [said = ''] = error.message.replace(/^error: /, '').split('\n')
  const word = /'([^']*)'/.exec(said)?.[1] ?? ''
  if (error.code === 'commander.unknownCommand') return unknownCommand(command, word)
  if (error.code === 'commander.unknownOption') return unknownOption(command, word)
  return new AppError('invalid', sentence(said), {
    hint: `\`${pathOf(command)} --help\` says what it takes.`,
  })
}

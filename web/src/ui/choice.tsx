import { useTexts } from '../text/text.tsx'
import css from './choice.module.css'

type ChoiceProps = {
  label: string
  value: string
  options: readonly string[]
  onChoose: (value: string) => void
}

/** One of a few states, or all of them. */
export const Choice = ({ label, value, options, onChoose }: ChoiceProps) => {
  const { say, has } = useTexts()
  const nameOf = (option: string) => {
    const key = `status.${option}`
    return has(key) ? say(key) : option
  }
  return (
    <select
      className={css['choice']}
      aria-label={label}
      value={value}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      <option value="">{say('ui.all')}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {nameOf(option)}
        </option>
      ))}
    </select>
  )
}

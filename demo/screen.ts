import { colors } from '../cli/colors.ts'

export type Stage = {
  /** What is happening right now. */
  update: (text: string) => void
  /** A line that stays. */
  note: (text: string) => void
  done: (text?: string) => void
}

export type Screen = {
  stage: (title: string) => Stage
  line: (text?: string) => void
  close: () => void
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 100

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** In a terminal one live line below the lines that stay; in a pipe plain lines, one when a stage begins and one when it ends. */
export const openScreen = (): Screen => {
  const out = process.stdout
  const isLive = out.isTTY
  const begun = performance.now()
  let live: { title: string; text: string; since: number } | undefined
  let frame = 0

  const clear = () => {
    if (isLive) out.write('\r\u001b[2K')
  }
  const draw = () => {
    if (!isLive || !live) return
    const line = `${frames[frame % frames.length]} ${live.title}  ${seconds(performance.now() - live.since)}  ${live.text}`
    out.write(`\r\u001b[2K${colors.cyan(line.slice(0, (out.columns || 80) - 1))}`)
  }
  const timer = setInterval(() => {
    frame += 1
    draw()
  }, frameMs)
  const print = (text: string) => {
    clear()
    out.write(`${text}\n`)
    draw()
  }

  return {
    line: (text = '') => print(text),
    stage: (title) => {
      const since = performance.now()
      live = { title, text: '', since }
      if (!isLive) print(`… ${title}`)
      return {
        update: (text) => {
          if (live) live.text = text
        },
        note: (text) => print(`    ${colors.dim(text)}`),
        done: (text = '') => {
          live = undefined
          const took = seconds(performance.now() - since)
          print(`${colors.green('✓')} ${title.padEnd(34)} ${took.padStart(8)}  ${text}`)
        },
      }
    },
    close: () => {
      clearInterval(timer)
      clear()
      live = undefined
      print(colors.dim(`in all ${seconds(performance.now() - begun)}`))
    },
  }
}

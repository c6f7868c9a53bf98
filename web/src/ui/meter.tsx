import css from './meter.module.css'

type Part = { key: string; label: string; share: number; tone: 'live' | 'next' | 'shadow' }

/** How traffic is split: one bar, a part for each who gets some. */
export const Split = ({ label, parts }: { label: string; parts: readonly Part[] }) => (
  <div
    className={css['split']}
    role="img"
    aria-label={`${label}: ${parts.map((part) => `${part.label} ${part.share} %`).join(', ')}`}
  >
    {parts
      .filter(({ share }) => share > 0)
      .map((part) => (
        <span key={part.key} className={css['part']} data-tone={part.tone} style={{ flexGrow: part.share }}>
          {part.share >= 12 ? `${part.label} · ${part.share} %` : part.share >= 6 ? `${part.share} %` : ''}
        </span>
      ))}
  </div>
)

type AgainstProps = { label: string; value: number | null; limit: number; isPast: boolean }

/** A figure beside its limit: the bar is full at one and a half times the limit, the mark stands at it. */
export const Against = ({ label, value, limit, isPast }: AgainstProps) => {
  const full = Math.max(limit * 1.5, 1e-12)
  const width = value === null ? 0 : Math.min(100, (Math.abs(value) / full) * 100)
  return (
    <span className={css['against']} role="img" aria-label={label}>
      <span className={css['fill']} data-past={isPast} style={{ width: `${width}%` }} />
      <span className={css['mark']} style={{ left: `${100 / 1.5}%` }} />
    </span>
  )
}

/** Small shape of a figure over windows, beside the figure itself. */
export const Spark = ({ values, label }: { values: readonly (number | null)[]; label: string }) => {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return null
  const low = Math.min(...known)
  const span = Math.max(...known) - low || 1
  const points = values
    .map((value, index) =>
      value === null
        ? undefined
        : `${((index / (values.length - 1)) * 96 + 2).toFixed(1)},${(22 - ((value - low) / span) * 20).toFixed(1)}`,
    )
    .filter((point) => point !== undefined)
  return (
    <svg className={css['spark']} viewBox="0 0 100 24" width={100} height={24} role="img" aria-label={label}>
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="currentColor"
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
      <circle
        cx={points.at(-1)?.split(',')[0]}
        cy={points.at(-1)?.split(',')[1]}
        r={2.4}
        fill="currentColor"
      />
    </svg>
  )
}

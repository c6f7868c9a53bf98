/** Drawn on a grid of 16, stroked with the colour of the text beside it. */
const paths = {
  home: 'M2.5 7.5 8 2.8l5.5 4.7M4 6.5v6.7h8V6.5M6.8 13.2V9.5h2.4v3.7',
  data: 'M2.8 4c0-1 2.3-1.7 5.2-1.7s5.2.7 5.2 1.7S10.9 5.7 8 5.7 2.8 5 2.8 4Zm0 0v8c0 1 2.3 1.7 5.2 1.7s5.2-.7 5.2-1.7V4M2.8 8c0 1 2.3 1.7 5.2 1.7s5.2-.7 5.2-1.7',
  features: 'M2.5 3h4.5v4.5H2.5zM9 3h4.5v4.5H9zM2.5 9.5h4.5V14H2.5zM9 9.5h4.5V14H9z',
  pipelines: 'M2 3.5h4v3H2zM10 3.5h4v3h-4zM6 10h4v3H6zM4 6.5v2h8v-2M8 8.5V10M6 5h4',
  runs: 'M2.5 13.5h11M2.5 13.5v-11M5 10.5l2.7-3.2 2.3 1.7 3.2-4.3',
  models: 'M8 1.8 13.5 4.9v6.2L8 14.2l-5.5-3.1V4.9zM2.7 5 8 8l5.3-3M8 8v6',
  endpoints: 'M5.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0ZM5.5 8h9M11.5 4.8 14.7 8l-3.2 3.2',
  monitors: 'M1.5 8h3l2-5 3 10 2-5h3',
  triggers: 'M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z',
  predictions: 'M6.8 11.5a4.7 4.7 0 1 0 0-9.4 4.7 4.7 0 0 0 0 9.4ZM10.2 10.2l4 4',
  ledger: 'M4 1.8h8.5v12.4H4zM2.5 4.5H5M2.5 8H5M2.5 11.5H5M7 5.5h3.5M7 8.5h3.5',
  maturity: 'M2 13.5h3V9.8H2zM6.5 13.5h3V6.3h-3zM11 13.5h3V2.5h-3z',
  people: 'M8 7.5a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2ZM2.8 14c.3-3 2.4-4.5 5.2-4.5s4.9 1.5 5.2 4.5',
  check: 'M3 8.5 6.5 12 13 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  warn: 'M8 2.2 14.5 13.5h-13zM8 6.5v3.2M8 11.3v.5',
  wait: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.3 1.5',
  skip: 'M3 8h10',
  again: 'M13.3 8A5.3 5.3 0 1 1 11.5 4M13.5 1.8v3h-3',
  back: 'M6 3.5 2.5 7 6 10.5M2.7 7H10a3.5 3.5 0 0 1 0 7H7',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  next: 'M6 3.5 10.5 8 6 12.5',
  down: 'M3.5 6 8 10.5 12.5 6',
  menu: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13',
  moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z',
  auto: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 2v12M8 5h4.8M8 8h6M8 11h4.8',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3l8 5-8 5z',
  bolt: 'M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z',
  file: 'M4 1.8h5.5L12.5 5v9.2H4zM9.5 1.8V5h3',
  folder: 'M1.8 3.5h4.5L8 5.2h6.2v8H1.8z',
  outside: 'M9.5 2.5h4v4M13.2 2.8 7.5 8.5M11.5 9v4.5h-9v-9H7',
  cached: 'M8 1.8 14 5 8 8.2 2 5zM2 8l6 3.2L14 8M2 11l6 3.2L14 11',
} as const
export type IconName = keyof typeof paths

export const Icon = ({ name, size = 16 }: { name: IconName; size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth={1.4}
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
    focusable="false"
    style={{ flex: 'none' }}
  >
    <path d={paths[name]} />
  </svg>
)

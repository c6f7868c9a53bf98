import { Link } from '@tanstack/react-router'
import { type Key, useSay } from '../text/text.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import css from './shell.module.css'

type Place = { to: string; icon: IconName; text: Key; also?: readonly string[] }

/** Rooms in the order in which the belt turns, then what stands beside it. */
const groups: readonly { text: Key; places: readonly Place[] }[] = [
  { text: 'nav.overview', places: [{ to: '', icon: 'home', text: 'nav.home' }] },
  {
    text: 'nav.make',
    places: [
      { to: '/data', icon: 'data', text: 'nav.data' },
      { to: '/features', icon: 'features', text: 'nav.features' },
      { to: '/pipelines', icon: 'pipelines', text: 'nav.pipelines', also: ['/pipeline-runs'] },
      { to: '/runs', icon: 'runs', text: 'nav.tracking' },
      { to: '/models', icon: 'models', text: 'nav.models' },
    ],
  },
  {
    text: 'nav.run',
    places: [
      { to: '/endpoints', icon: 'endpoints', text: 'nav.endpoints' },
      { to: '/monitors', icon: 'monitors', text: 'nav.monitors' },
      { to: '/predictions', icon: 'predictions', text: 'nav.predictions' },
      { to: '/triggers', icon: 'triggers', text: 'nav.triggers' },
    ],
  },
  {
    text: 'nav.prove',
    places: [
      { to: '/ledger', icon: 'ledger', text: 'nav.ledger' },
      { to: '/maturity', icon: 'maturity', text: 'nav.maturity' },
    ],
  },
]

const NavLink = ({ project, place }: { project: string; place: Place }) => {
  const say = useSay()
  const base = `/projects/${project}`
  const isAlso = (place.also ?? []).some((one) => location.pathname.startsWith(`${base}${one}`))
  return (
    <Link
      to={`${base}${place.to}`}
      className={css['link']}
      activeProps={{ 'data-active': 'true' } as object}
      activeOptions={{ exact: place.to === '', includeSearch: false }}
      {...(isAlso ? { 'data-active': 'true' } : {})}
    >
      <Icon name={place.icon} />
      {say(place.text)}
    </Link>
  )
}

export const Nav = ({ project }: { project: string }) => {
  const say = useSay()
  return (
    <nav id="nav" className={css['nav']} aria-label={say('nav.label')}>
      {groups.map((group) => (
        <div key={group.text} className={css['group']}>
          {group.places.length > 1 ? <p className={css['groupName']}>{say(group.text)}</p> : null}
          <ul>
            {group.places.map((place) => (
              <li key={place.to}>
                <NavLink project={project} place={place} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

import { ActionIcon, Menu } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { useLink } from '../live.ts'
import { useProject, useProjects } from '../project.ts'
import { colour, languages, type Scheme, speak, useSession } from '../session.ts'
import { useSay } from '../text/text.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Account } from './account.tsx'
import css from './shell.module.css'

const ProjectPicker = () => {
  const say = useSay()
  const project = useProject()
  const { data } = useProjects()
  const navigate = useNavigate()
  const names = data?.projects.map(({ name }) => name) ?? []
  if (project === '') return null
  return (
    <select
      className={css['picker']}
      aria-label={say('shell.project')}
      value={project}
      onChange={(event) => void navigate({ to: `/projects/${event.currentTarget.value}` })}
    >
      {[...new Set([project, ...names])].map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}

const Lamp = () => {
  const say = useSay()
  const link = useLink()
  return (
    <span className={css['lamp']} data-link={link} role="status">
      <span className={css['bulb']} aria-hidden="true" />
      <span className={css['lampText']}>{say(`shell.link.${link}`)}</span>
    </span>
  )
}

const schemes: readonly (readonly [Scheme, IconName])[] = [
  ['light', 'sun'],
  ['dark', 'moon'],
  ['auto', 'auto'],
]

const SchemeMenu = () => {
  const say = useSay()
  const { scheme } = useSession()
  const icon = schemes.find(([name]) => name === scheme)?.[1] ?? 'auto'
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={say('shell.scheme')}
          title={say('shell.scheme')}
        >
          <Icon name={icon} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map(([name, sign]) => (
          <Menu.Item
            key={name}
            leftSection={<Icon name={sign} />}
            {...(name === scheme ? { fw: 600 } : {})}
            onClick={() => colour(name)}
          >
            {say(`shell.scheme.${name}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** Each language by its own name, so that nobody has to read the other one to find it. */
const languageNames = { en: 'English', 'pt-BR': 'Português' } as const

const languageSigns = { en: 'EN', 'pt-BR': 'PT' } as const

const LanguageMenu = () => {
  const say = useSay()
  const { language } = useSession()
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <button
          type="button"
          className={css['language']}
          aria-label={`${languageSigns[language]} · ${say('shell.language')}`}
          title={say('shell.language')}
        >
          {languageSigns[language]}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {languages.map((one) => (
          <Menu.Item
            key={one}
            lang={one}
            {...(one === language ? { fw: 600 } : {})}
            onClick={() => speak(one)}
          >
            {languageNames[one]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

export const Header = ({ isOpen, onMenu }: { isOpen: boolean; onMenu: () => void }) => {
  const say = useSay()
  const project = useProject()
  return (
    <header className={css['header']}>
      {project === '' ? null : (
        <button
          type="button"
          className={css['menu']}
          aria-expanded={isOpen}
          aria-controls="nav"
          aria-label={say('nav.label')}
          onClick={onMenu}
        >
          <Icon name={isOpen ? 'cross' : 'menu'} />
        </button>
      )}
      <Link to="/" className={css['brand']}>
        <img src="/mark.svg" alt="" width={22} height={22} />
        <span>Esteira</span>
      </Link>
      <ProjectPicker />
      <span className={css['spring']} />
      <Lamp />
      <LanguageMenu />
      <SchemeMenu />
      <Account />
    </header>
  )
}

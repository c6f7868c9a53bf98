import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import './theme.css'
import { queries } from './api.ts'
import { router } from './router.tsx'
import { useSession } from './session.ts'
import { TextProvider } from './text/text.tsx'
import { schemeManager, theme } from './theme.ts'

export const App = () => {
  const { scheme } = useSession()
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={schemeManager}
      {...(scheme === 'auto' ? {} : { forceColorScheme: scheme })}
    >
      <QueryClientProvider client={queries}>
        <TextProvider>
          <RouterProvider router={router} />
        </TextProvider>
      </QueryClientProvider>
    </MantineProvider>
  )
}

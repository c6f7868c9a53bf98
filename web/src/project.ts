import { useParams } from '@tanstack/react-router'
import { projectRoutes } from '../../src/project/contract.ts'
import { kernelRoutes } from '../../src/kernel/routes.contract.ts'
import { useApi } from './api.ts'

/** The project in the address; empty on the page that comes before there is one. */
export const useProject = (): string => useParams({ strict: false }).project ?? ''

export const useProjects = () => useApi(projectRoutes.listProjects, {})
export const useMe = () => useApi(kernelRoutes.whoAmI, {})

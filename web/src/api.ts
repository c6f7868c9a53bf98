import {
  keepPreviousData,
  QueryClient,
  useMutation,
  useQuery,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query'
import { client } from '../../src/kernel/client.ts'
import type { Input, Output, Route } from '../../src/kernel/contract.ts'
import { AppError, type ErrorCode } from '../../src/kernel/errors.ts'
import { currentSession } from './session.ts'

type Body = Uint8Array | string | Blob
export type Given<R extends Route> = Input<R, Body>

/** A refusal of the server, with the number under which its log knows the request. */
export class Refusal extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly requestId: string | undefined
  readonly problems: AppError['problems']

  constructor(error: AppError, requestId: string | undefined) {
    super(error.message, { cause: error })
    this.name = 'Refusal'
    this.code = error.code
    this.hint = error.hint
    this.problems = error.problems
    this.requestId = requestId
  }
}

/** Calls a contract route of the page's own server, as whoever is signed in. */
export const call = async <R extends Route>(
  route: R,
  input: Given<R>,
  signal?: AbortSignal,
): Promise<Output<R, Response>> => {
  let requestId: string | undefined
  const { token } = currentSession()
  const caller = client({
    url: '',
    token,
    fetch: async (address, options) => {
      const response = await fetch(address, options)
      requestId = response.headers.get('x-request-id') ?? undefined
      return response
    },
  })
  try {
    return await caller(route, input, signal ? { signal } : {})
  } catch (thrown) {
    if (thrown instanceof AppError) throw new Refusal(thrown, requestId)
    throw thrown
  }
}

/** Trying again helps only where the server could not be reached. */
const mayPass = (thrown: unknown): boolean => thrown instanceof Refusal && thrown.code === 'unavailable'

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say when something is stale; see live.ts.
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, thrown) => mayPass(thrown) && count < 2,
    },
  },
})

const keyOf = (route: Route, input: object) => [route.path, input] as const

export type ApiOptions = {
  /** Only for what has no events: traffic. */
  everyMs?: number | undefined
  isWanted?: boolean
  /** Keeps what is shown while another page or filter is fetched. */
  keepsShown?: boolean
}

export type Asked<R extends Route> = UseQueryResult<Output<R, Response>, Refusal>

export const useApi = <R extends Route>(route: R, input: Given<R>, options: ApiOptions = {}): Asked<R> =>
  useQuery<Output<R, Response>, Refusal>({
    queryKey: keyOf(route, input as object),
    queryFn: ({ signal }) => call(route, input, signal),
    enabled: options.isWanted ?? true,
    ...(options.everyMs === undefined ? {} : { refetchInterval: options.everyMs }),
    ...(options.keepsShown ? { placeholderData: keepPreviousData } : {}),
  }) as Asked<R>

/** An action on a contract route. What it changes comes back as events; the asker need not wait for them. */
export const useAction = <R extends Route>(
  route: R,
): UseMutationResult<Output<R, Response>, Refusal, Given<R>> =>
  useMutation<Output<R, Response>, Refusal, Given<R>>({
    mutationFn: (input) => call(route, input),
    onSettled: () => queries.invalidateQueries(),
  })

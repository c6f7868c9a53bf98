/** Time comes in through this port, so that tests and the simulator can hold it. */
export type Clock = { now(): number }

export const systemClock: Clock = { now: () => Date.now() }

import type { Plan, Task } from './plan/plan.ts'

const takesFrom = (task: Task, left: ReadonlySet<string>): boolean =>
  Object.values(task.inputs).some((input) => input.from === 'task' && left.has(input.task))

/**
 * The plan that a reproduction runs: the work again, without its acts. To register a model once more would prove nothing and change
 * the platform, so steps that act are left out, and with them what takes files from them.
 */
export const withoutActs = (plan: Plan, acts: (task: Task) => boolean): Plan => {
  const left = new Set<string>()
  for (const task of plan.tasks) if (acts(task) || takesFrom(task, left)) left.add(task.name)
  const tasks = plan.tasks
    .filter(({ name }) => !left.has(name))
    .map((task) => ({ ...task, needs: task.needs.filter((need) => !left.has(need)) }))
  return { ...plan, tasks }
}

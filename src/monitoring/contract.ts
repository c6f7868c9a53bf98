export { monitor, Monitor, qualityMetrics, driftMethods } from './definition.ts'
export { alertRaised, alertRepeated, alertResolved, windowEvaluated } from './events.ts'
export {
  AlertView,
  Baseline,
  CaptureLine,
  ColumnDrift,
  LineageGraph,
  LineageNode,
  MonitorView,
  PredictionView,
  Quality,
  RuleVerdict,
  WindowView,
} from './schemas.ts'
export { monitoringRoutes } from './routes.contract.ts'

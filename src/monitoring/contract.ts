export { monitor } from './definition.ts'
export { alertRaised, alertRepeated, alertResolved, windowEvaluated } from './events.ts'
export { AlertView, ColumnDrift, LineageNode, MonitorView, PredictionView, WindowView } from './schemas.ts'
export { monitoringRoutes } from './routes.contract.ts'

// For the package nest-lti-server of the same version: the parts of nest-lti that the service is made of. Not a public API.

export { isDatabaseOutage } from './common/database-outage.js';
export { mediaTypeOf } from './common/http-request.js';
export { OpenController } from './common/open-controller.decorator.js';
export { Operation } from './common/openapi/operation.decorator.js';
export { VERSION } from './common/version.js';
export {
  type CommandContext,
  type CommandLine,
  type CommandOutput,
  runAsProcess,
} from './commands/command-line.js';
export { commandVariables, readCommandConfig } from './commands/command-config.js';
export { addDoctorCommand, type WithOptions } from './commands/doctor.command.js';
export { addDatabaseCommands, type WithCommandDatabase } from './commands/database-commands.js';
export { configurationFaults } from './config/configuration-faults.js';
export { ltiConfigSchema, parseLtiConfig } from './config/lti-config.js';
export { optionVariables } from './config/option-variables.js';
export { readVariables, type Variables } from './config/read-variables.js';
export { LTI_DATA_SOURCE } from './database/lti-data-source.js';
export { migrateDatabase, pendingMigrations } from './database/migrate-database.js';
export { isScoresUpload } from './grade-passback/scores-body.js';
export { JobQueues } from './jobs/job-queues.js';
export { JobsModule } from './jobs/jobs.module.js';
export { isLaunchForm } from './launch/launch-form.js';
export { isNoticesPost } from './notices/notices-body.js';
export { MetricsModule } from './metrics/metrics.module.js';
export { orAbort } from './common/bounded-wait.js';

import { addDatabaseCommands, addDoctorCommand, type CommandLine, commandVariables } from 'nest-lti/internal';
import { withServiceDatabase, withServiceOptions } from './command-database.js';
import { addLmsCommand } from './lms.command.js';
import { addServeCommand } from './serve.command.js';

/** `npx nest-lti-server` */
export const nestLtiServer: CommandLine = {
  name: 'nest-lti-server',
  description: 'nest-lti as a service, and the commands for its database.',
  addCommands: (program, context) => {
    addServeCommand(program, context);
    addDatabaseCommands(program, context, withServiceDatabase);
    addDoctorCommand(program, context, commandVariables, withServiceOptions);
    addLmsCommand(program, context);
  },
};

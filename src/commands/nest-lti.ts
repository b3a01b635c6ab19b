import { type CommandLine } from './command-line.js';
import { commandVariables, readCommandConfig } from './command-config.js';
import { addDoctorCommand, type WithOptions } from './doctor.command.js';
import { readDoctorOptions } from './doctor-options.js';
import { addDatabaseCommands, type WithCommandDatabase } from './database-commands.js';

/** The database that DATABASE_URL names, which the application works on, too. */
const withGivenDatabase: WithCommandDatabase = (variables, _say, work) => work(readCommandConfig(variables));

const withGivenOptions: WithOptions = (variables, _say, work) => work(readDoctorOptions(variables));

/** `npx nest-lti`: for applications that embed nest-lti. */
export const nestLti: CommandLine = {
  name: 'nest-lti',
  description: 'Commands for the database of an application that embeds nest-lti.',
  addCommands: (program, context) => {
    addDatabaseCommands(program, context, withGivenDatabase);
    addDoctorCommand(program, context, commandVariables, withGivenOptions);
  },
};

import { runGroup } from '../support/suite-group.js';

runGroup(1);

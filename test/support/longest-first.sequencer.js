import Sequencer from '@jest/test-sequencer';
import { basename, dirname } from 'node:path';

/** How many groups run for each suite that starts processes of its own. */
const GROUPS_EACH = 2;

/**
 * Jest begins with the largest files. The groups are small files with the longest runs, and would come last, when cores are idle. Here
 * they come first, and the suites that start processes of their own are among them, so that few of those run at once.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const inFolder = (folder) => tests.filter(({ path }) => basename(dirname(path)) === folder);
    const groups = super.sort(inFolder('groups'));
    const e2e = super.sort(inFolder('e2e'));
    const rest = super.sort(tests.filter((test) => !groups.includes(test) && !e2e.includes(test)));
    const others = [...e2e, ...rest];
    const mixed = [];
    while (groups.length > 0) mixed.push(...others.splice(0, 1), ...groups.splice(0, GROUPS_EACH));
    return [...mixed, ...others];
  }
}

import Sequencer from '@jest/test-sequencer';

const GROUP = /[\\/]groups[\\/]/;
/** How many groups run for each suite that starts processes of its own. */
const GROUPS_EACH = 2;

/**
 * Jest begins with the largest files. The groups are small files with the longest runs, and would come last, when cores are idle. Here
 * they come first, and the suites that start processes of their own are among them, so that few of those run at once.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const [groups, others] = [tests.filter(isGroup), tests.filter((test) => !isGroup(test))];
    const inOrder = super.sort(others);
    const mixed = [];
    while (groups.length > 0) mixed.push(...inOrder.splice(0, 1), ...groups.splice(0, GROUPS_EACH));
    return [...mixed, ...inOrder];
  }
}

function isGroup({ path }) {
  return GROUP.test(path);
}

import { demoOptions, isGuided } from './demo-options.js';

describe('the arguments of the demo', () => {
  it('can be left out', () => {
    expect(demoOptions([])).toEqual({
      processes: 1,
      stores: ['memory'],
      family: 'generic',
      guide: false,
      exit: false,
      json: false,
      help: false,
    });
  });

  it('choose a shared store for several processes', () => {
    expect(demoOptions(['--processes', '4']).stores).toEqual(['postgres']);
  });

  it('can name several stores to compare them', () => {
    const { stores } = demoOptions(['--processes', '4', '--store', 'memory', '--store', 'redis']);
    expect(stores).toEqual(['memory', 'redis']);
  });

  it('can name the product that the LMS behaves like', () => {
    expect(demoOptions(['--family', 'blackboard']).family).toBe('blackboard');
  });

  it.each([
    [[], true],
    [['--exit'], false],
    [['--json'], false],
    [['--exit', '--guide'], true],
    [['--store', 'memory', '--store', 'none'], false],
  ])('with %j in a terminal decide whether the page is shown: %s', (args, shown) => {
    expect(isGuided(demoOptions(args), true)).toBe(shown);
  });

  it('show no page without a terminal, unless it is asked for', () => {
    expect([[], ['--guide']].map((args) => isGuided(demoOptions(args), false))).toEqual([false, true]);
  });

  it.each(['--help', '-h'])('print the help with %s', (flag) => {
    expect(demoOptions([flag]).help).toBe(true);
  });

  it.each([
    [['--processes', '0'], '--processes must be'],
    [['--processes', 'many'], '--processes must be'],
    [['--processes', '9'], '--processes must be'],
    [['--store', 'mongo'], '--store must be one of none, memory, postgres, redis'],
    [['--family', 'moodel'], '--family must be one of generic, moodle,'],
    [['--stores', 'redis'], '--stores'],
  ])('are refused by their names: %j', (args, message) => {
    expect(() => demoOptions(args)).toThrow(message);
  });
});

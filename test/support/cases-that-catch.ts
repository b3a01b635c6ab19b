import { type ContractCase } from '../../src/testing/index.js';

/** The names of the cases that fail for a store. They run at once, because each has its own registrations. */
export async function casesThatCatch<Harness>(
  cases: readonly ContractCase<Harness>[],
  harnessOfACase: () => Harness,
): Promise<string[]> {
  const verdicts = await Promise.all(
    cases.map(({ name, run }) =>
      run(harnessOfACase()).then(
        () => [],
        () => [name],
      ),
    ),
  );
  return verdicts.flat();
}

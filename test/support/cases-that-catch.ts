import { type ContractCase } from '../../src/testing/index.js';

/** The names of the cases that a store breaks. They run at once: each has registrations of its own. */
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

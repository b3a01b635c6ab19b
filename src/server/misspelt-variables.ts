import leven from 'leven';
import { type ConfigurationFault } from 'nest-lti';

/** Shorter names have neighbours of every kind: HOSTS, PORTS, HOSTFILE. */
const MIN_LENGTH = 8;
const MAX_EDITS = 2;
/** A word of a name up to this length may have one edit only: DATABASE_SSL is not a misspelt DATABASE_URL. */
const SHORT_WORD = 3;

/** Unknown variables that are set and probably misspelt names of known ones. */
export function misspeltVariables(
  variables: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): ConfigurationFault[] {
  const known = new Set(names.flatMap((name) => [name, `${name}_FILE`]));
  const targets = names.filter((name) => name.length >= MIN_LENGTH).flatMap((name) => [name, `${name}_FILE`]);
  return Object.entries(variables).flatMap(([name, value]): ConfigurationFault[] => {
    if (value === undefined || value === '' || known.has(name)) return [];
    const meant = targets.find((target) => isMisspelt(name, target));
    return meant === undefined
      ? []
      : [{ name, message: `is not a variable of nest-lti: did you mean ${meant}?` }];
  });
}

function isMisspelt(name: string, target: string): boolean {
  if (Math.abs(name.length - target.length) > MAX_EDITS || leven(name, target) > MAX_EDITS) return false;
  const words = name.split('_');
  const targetWords = target.split('_');
  // A missing or doubled underscore.
  if (words.length !== targetWords.length) return true;
  return targetWords.every((word, index) => {
    const edits = leven(words[index] ?? '', word);
    return edits <= (word.length > SHORT_WORD ? MAX_EDITS : 1);
  });
}

import { DefaultNamingStrategy } from 'typeorm';

/** `clientId` in code is `client_id` in SQL, where names are folded to lower case. */
export class SnakeNamingStrategy extends DefaultNamingStrategy {
  override columnName(property: string, customName: string | undefined, prefixes: string[]): string {
    if (customName !== undefined) return customName;
    return [...prefixes, property].join('_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  }
}

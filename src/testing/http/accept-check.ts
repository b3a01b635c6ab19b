import { mediaType } from './http-exchange.js';

/** `exact`: only the media type; `named`: it must be in the list; `any`: not checked. */
export type AcceptRule = 'exact' | 'named' | 'any';

export function accepts(header: string | undefined, wanted: string, rule: AcceptRule): boolean {
  switch (rule) {
    case 'any':
      return true;
    case 'exact':
      return header === wanted;
    case 'named':
      return (header ?? '').split(',').some((range) => mediaType(range) === wanted);
  }
}

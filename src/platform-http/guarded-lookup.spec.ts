import { type LookupAddress } from 'node:dns';
import { UnsafeUrl } from '../common/url-policy.errors.js';
import { UrlPolicy } from '../common/url-policy.js';
import { guardedLookup } from './guarded-lookup.js';

const PUBLIC = { address: '93.184.215.14', family: 4 };
const PRIVATE = { address: '10.0.0.5', family: 4 };

function lookups(...answers: LookupAddress[][]) {
  const policy = new UrlPolicy({ allowPrivateNetworks: false, allowedPrivateHosts: [] });
  const url = policy.check('https://lms.example/');
  const lookup = guardedLookup(url, policy, () => Promise.resolve(answers.shift() ?? []));
  return (all: boolean) =>
    new Promise((resolve, reject) => {
      lookup('lms.example', { all }, (error, address, family) => {
        if (error === null) resolve(all ? address : { address, family });
        else reject(error);
      });
    });
}

it('returns the addresses that it has checked', async () => {
  const addresses = [PUBLIC, { address: '2606:2800:21f:cb07::1', family: 6 }];
  expect(await lookups(addresses)(true)).toEqual(addresses);
  expect(await lookups(addresses)(false)).toEqual(PUBLIC);
});

it('refuses a name that turns private after a public answer', async () => {
  const lookup = lookups([PUBLIC], [PRIVATE]);
  await expect(lookup(true)).resolves.toEqual([PUBLIC]);
  await expect(lookup(true)).rejects.toBeInstanceOf(UnsafeUrl);
});

it('refuses a name with one private address among public ones', async () => {
  await expect(lookups([PUBLIC, PRIVATE])(true)).rejects.toBeInstanceOf(UnsafeUrl);
  await expect(lookups([PUBLIC, PRIVATE])(false)).rejects.toBeInstanceOf(UnsafeUrl);
});

it('returns no address for an unknown name', async () => {
  await expect(lookups([])(true)).rejects.toMatchObject({ code: 'ENOTFOUND' });
});

import { addressKind } from './address-kind.js';

it.each(['93.184.215.14', '8.8.8.8', '2606:2800:21f:cb07::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'])(
  'classifies %s as public',
  (address) => {
    expect(addressKind(address)).toBe('public');
  },
);

it.each([
  '127.0.0.1',
  '127.255.0.9',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '::1',
  'fd00::1',
  'fc00::1',
  '::ffff:127.0.0.1',
  '::ffff:a00:1',
  '64:ff9b::10.0.0.1',
])('classifies %s as private', (address) => {
  expect(addressKind(address)).toBe('private');
});

it.each([
  ['unspecified', '0.0.0.0'],
  ['unspecified', '::'],
  ['the metadata of a cloud', '169.254.169.254'],
  ['the metadata of a cloud, mapped', '::ffff:169.254.169.254'],
  ['the metadata of a cloud, by NAT64', '64:ff9b::a9fe:a9fe'],
  ['link-local', 'fe80::1%eth0'],
  ['site-local', 'fec0::1'],
  ['multicast', '224.0.0.1'],
  ['multicast', 'ff02::1'],
  ['broadcast', '255.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['documentation', '192.0.2.1'],
  ['documentation', '2001:db8::1'],
  ['benchmarks', '198.18.0.1'],
  ['6to4', '2002:7f00:1::'],
  ['Teredo', '2001:0:4136:e378::1'],
  ['local NAT64', '64:ff9b:1::7f00:1'],
  ['IPv4 translated', '::ffff:0:127.0.0.1'],
  ['IPv4 compatible', '::7f00:1'],
  ['not given out', '4000::1'],
  ['no address', 'lms.example'],
  ['no address', ''],
])('classifies %s %s as neither public nor private', (_what, address) => {
  expect(addressKind(address)).toBe('special');
});

import { describe, expect, it } from 'vitest';
import { isAllowedAddress } from './address-guard.js';

describe('isAllowedAddress', () => {
  it.each(['1.1.1.1', '93.184.215.14', '2606:4700:4700::1111', '::ffff:1.1.1.1', '64:ff9b::101:101'])('allows %s', (address) => {
    expect(isAllowedAddress(address, false)).toBe(true);
    expect(isAllowedAddress(address, true)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '127.255.0.9',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1', // carrier-grade NAT
    '::1',
    'fc00::1',
    'fd12:3456::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1', // NAT64 of 127.0.0.1
    '64:ff9b::a00:1', // NAT64 of 10.0.0.1
    '64:ff9b:1::7f00:1', // NAT64 with a prefix of the site's own (RFC 8215)
    '::127.0.0.1', // IPv4-compatible
  ])('allows %s only where private addresses are allowed', (address) => {
    expect(isAllowedAddress(address, false)).toBe(false);
    expect(isAllowedAddress(address, true)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '::',
    '169.254.169.254', // cloud metadata
    '169.254.0.1',
    '::ffff:169.254.169.254',
    '::169.254.169.254',
    '64:ff9b::a9fe:a9fe', // NAT64 of 169.254.169.254
    'fd00:ec2::254', // AWS metadata
    '100.100.100.200', // Alibaba metadata
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1', // site-local
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    '240.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '192.88.99.1', // 6to4 relay
    '2002:7f00:1::', // 6to4 of 127.0.0.1
    '2002:101:101::', // 6to4 of a public address
    '2001:0:7f00:1::', // Teredo
    '2001:db8::1',
    '',
    'localhost',
    '127.1.',
  ])('never allows %j', (address) => {
    expect(isAllowedAddress(address, false)).toBe(false);
    expect(isAllowedAddress(address, true)).toBe(false);
  });
});

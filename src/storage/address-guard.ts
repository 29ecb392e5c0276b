import ipaddr from 'ipaddr.js';

/** Ranges (names of ipaddr.js) of a site's own networks and of this machine. */
const PRIVATE_RANGES = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** Where clouds hand out credentials to whoever asks from the machine, outside the link-local range. */
const METADATA_ADDRESSES = new Set(['fd00:ec2::254', '100.100.100.200']);

/** The global unicast block of IPv6; whatever lies outside it is not reached over the internet. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * True when documents may be fetched from an IP address: global unicast and, with `allowPrivate`, private and loopback ones.
 * Link-local addresses (cloud metadata among them), multicast, broadcast, 0.0.0.0 and reserved ranges never are. IPv6 addresses
 * that carry an IPv4 one (mapped, NAT64) are judged by it; other ways of wrapping one (6to4, Teredo) are refused.
 */
export function isAllowedAddress(address: string, allowPrivate: boolean): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = unwrap(ipaddr.parse(address));
  const range = parsed.range();
  if (METADATA_ADDRESSES.has(parsed.toString())) return false;
  if (PRIVATE_RANGES.has(range)) return allowPrivate;
  if (range !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6);
}

/** The IPv4 address inside `::ffff:a.b.c.d` (RFC 4291) or `64:ff9b::a.b.c.d` (NAT64, RFC 6052); otherwise the address itself. */
function unwrap(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address instanceof ipaddr.IPv4) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  return address.range() === 'rfc6052' ? new ipaddr.IPv4(address.toByteArray().slice(12)) : address;
}

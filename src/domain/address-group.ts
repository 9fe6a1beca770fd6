/** IPv6 hands a whole /64 to one customer. */
const IPV6_NETWORK_GROUPS = 4;
const MAPPED_IPV4 = '::ffff:';

/** What counts as one address: an IPv4 address, or an IPv6 network. */
export function addressGroup(remoteAddress: string | undefined): string {
  const address = remoteAddress ?? 'unknown';
  if (address.startsWith(MAPPED_IPV4)) return address.slice(MAPPED_IPV4.length);
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return `${all.slice(0, IPV6_NETWORK_GROUPS).join(':')}::/64`;
}

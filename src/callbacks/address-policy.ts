import ipaddr from 'ipaddr.js';
import type { IPv4, IPv6 } from 'ipaddr.js';

type Address = IPv4 | IPv6;

const LOOPBACK_NETWORKS = ['127.0.0.0/8', '::1/128'];
/** All that is handed out for the public internet. What lies outside is some special kind, also where no list names it. */
const GLOBAL_UNICAST: [IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/** An IPv4 address in IPv6's clothes is what it is. */
const undressed = (address: Address): Address =>
  address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;

function isPublic(address: Address): boolean {
  if (address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST)) return false;
  // Any named range (private, loopback, link-local, carrier-grade, translated, reserved, ...) is not "unicast".
  return address.range() === 'unicast';
}

/**
 * Which addresses callbacks may go to. Asked about the address that a connection is made to, never about a name: what a name
 * means can change between two looks.
 */
export class AddressPolicy {
  private readonly opened: [Address, number][];

  /** `opened`: networks as `address/bits`. Throws where one is none. */
  constructor(opened: readonly string[] = []) {
    this.opened = opened.map((network) => ipaddr.parseCIDR(network));
  }

  /** The policy of an installation: loopback is open to receivers beside a server that only this machine can reach. */
  static of(settings: { host: string; allowedNetworks: readonly string[] }): AddressPolicy {
    return new AddressPolicy([
      ...settings.allowedNetworks,
      ...(isLoopbackHost(settings.host) ? LOOPBACK_NETWORKS : []),
    ]);
  }

  /** An address as text; what is none is not allowed. */
  allows(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = undressed(ipaddr.parse(text));
    return isPublic(address) || this.opened.some((network) => isIn(address, network));
  }
}

function isIn(address: Address, [network, bits]: [Address, number]): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || (ipaddr.isValid(host) && undressed(ipaddr.parse(host)).range() === 'loopback');

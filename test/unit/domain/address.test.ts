import { AddressCounter } from '../../../src/domain/address-counter';
import { addressGroup } from '../../../src/domain/address-group';

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::5', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  [undefined, 'unknown'],
])('%s counts as %s', (address, group) => {
  expect(addressGroup(address)).toBe(group);
});

describe('places by address', () => {
  test('all of an IPv6 network share theirs, on every door', () => {
    const places = new AddressCounter(10, 2);
    const first = places.take('2001:db8:1:2::1');
    places.take('2001:db8:1:2:3:4:5:6');
    expect(places.take('2001:db8:1:2::9')).toBe('address');
    expect(places.take('2001:db8:1:3::9')).toBeInstanceOf(Function);
    (first as () => void)();
    expect(places.take('2001:db8:1:2::9')).toBeInstanceOf(Function);
  });

  test('an IPv4 address counts as one, written either way; a release counts once', () => {
    const places = new AddressCounter(2, 1);
    const release = places.take('::ffff:10.0.0.1') as () => void;
    expect(places.take('10.0.0.1')).toBe('address');
    places.take('10.0.0.2');
    expect(places.take('10.0.0.3')).toBe('total');
    release();
    release();
    expect(places.size).toBe(1);
  });
});

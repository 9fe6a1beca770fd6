import { fate, publishNamed, whenReady } from '../attack';
import type { HostileInput } from '../target';

export const NAMES: HostileInput[] = [
  {
    ...whenReady('names', '?sign=a&sign=b', publishNamed('k?sign=a&sign=b')),
    stockAuth: true,
  },
  whenReady('names', 'publish ../../../../x/PWN', publishNamed('../../../../x/PWN')),
  {
    name: 'the application ../../etc',
    theme: 'names',
    ours: 'closed',
    attack: async (target) => {
      const client = await target.open();
      client.handshake();
      client.command('connect', { app: '../../etc', tcUrl: 'rtmp://127.0.0.1/../../etc' });
      client.command('createStream', null);
      client.publish('k');
      return fate(target, [client]);
    },
  },
  whenReady('names', 'a name of 60,000 characters', publishNamed('k'.repeat(60_000))),
  whenReady('names', 'the name __proto__', publishNamed('__proto__')),
];

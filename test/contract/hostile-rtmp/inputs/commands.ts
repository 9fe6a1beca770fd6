import { amf, message } from '../../../support/rtmp-client';
import { afterHandshake, command, playNamed, publishNamed, whenReady } from '../attack';
import type { HostileInput } from '../target';

const NAMES: [string, Parameters<typeof amf>[0]][] = [
  ['a number', 42],
  ['false', false],
  ['an object', { a: 1 }],
];
const NESTED_OBJECTS = 200_000;

export const COMMANDS: HostileInput[] = [
  afterHandshake('commands', 'connect without its object', command(amf('connect', 1))),
  afterHandshake('commands', 'connect with null', command(amf('connect', 1, null))),
  afterHandshake(
    'commands',
    'connect without a tcUrl',
    command(amf('connect', 1, { app: 'live' })),
    'answered',
  ),
  afterHandshake(
    'commands',
    'connect with a tcUrl that is no URL',
    command(amf('connect', 1, { app: 'live', tcUrl: '::not a url::' })),
    'answered',
  ),
  ...NAMES.map(([what, name]) => whenReady('commands', `publish named ${what}`, publishNamed(name))),
  whenReady('commands', 'publish without a name', command(amf('publish', 0), 1)),
  ...NAMES.map(([what, name]) => whenReady('commands', `play named ${what}`, playNamed(name))),
  whenReady('commands', 'play without a name', command(amf('play', 0), 1)),
  afterHandshake('commands', 'publish before connect', publishNamed('nokey')),
  afterHandshake(
    'commands',
    'a numeric application',
    command(amf('connect', 1, { app: 42, tcUrl: 'rtmp://x/42' })),
  ),
  afterHandshake(
    'commands',
    'an unknown AMF marker',
    command(Buffer.concat([amf('connect', 1), Buffer.from([0x2f, 1, 2, 3])])),
  ),
  whenReady('commands', 'a command named toString', command(amf('toString', 0, null)), 'answered'),
  afterHandshake(
    'commands',
    'a strict array of 4 G',
    command(Buffer.concat([amf('connect', 1), Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff])])),
  ),
  afterHandshake(
    'commands',
    '200,000 nested objects',
    command(
      Buffer.concat([amf('connect', 1), ...Array<Buffer>(NESTED_OBJECTS).fill(Buffer.from([3, 0, 1, 97]))]),
    ),
  ),
  whenReady(
    'commands',
    'an empty command',
    // The package parses a message without a body when the next chunk begins.
    Buffer.concat([
      message({ type: 20, body: Buffer.alloc(0) }),
      message({ type: 3, chunkStream: 2, body: Buffer.alloc(4) }),
    ]),
  ),
];

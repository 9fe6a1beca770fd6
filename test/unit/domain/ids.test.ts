import { join } from 'node:path';
import fc from 'fast-check';
import {
  archiveWorkflowId,
  isPathSafeId,
  mediaControlQueue,
  mediaLeaseQueue,
  roomWorkflowId,
  streamKeyWorkflowId,
} from '../../../src/domain/ids';
import { roomEvent, streamKeyEvent } from '../../../src/domain/events';
import { StorageLayout } from '../../../src/storage/layout';

describe('ids', () => {
  test('workflow ids and task queues, as operators type them', () => {
    expect(roomWorkflowId(1, 2)).toBe('room:1:2');
    expect(streamKeyWorkflowId(1, 3)).toBe('streamkey:1:3');
    expect(archiveWorkflowId(1, 2, 1)).toBe('archive:1:2:1');
    expect([mediaLeaseQueue('m1'), mediaControlQueue('m1')]).toEqual(['media-m1', 'media-m1-control']);
    expect([streamKeyEvent('ACTIVE_PREP'), roomEvent('LIVE')]).toEqual([
      'STREAM_KEY_ACTIVE_PREP',
      'VIDEO_ROOM_LIVE',
    ]);
  });

  test.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    'a\\b',
    'a.b',
    '-a',
    'a b',
    'a\n',
    'a\0b',
    'ä',
    '%2e%2e',
    'a'.repeat(65),
  ])('%j may not touch a file system', (id) => {
    expect(isPathSafeId(id)).toBe(false);
    expect(() => new StorageLayout('/data').sessionDir(id)).toThrow('path-safe');
  });

  test('whatever is path-safe stays inside its folder, one level down', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/)), (id) => {
        if (!isPathSafeId(id)) return;
        expect(join('/root/sessions', id).split('/')).toEqual(['', 'root', 'sessions', id]);
      }),
    );
  });

  test('UUIDs and lower-case names are path-safe', () => {
    expect(isPathSafeId('0f8fad5b-d9cb-469f-a165-70867728950e')).toBe(true);
    expect(isPathSafeId('a'.repeat(64))).toBe(true);
  });
});

import type { JsonSchema } from './json-schema';

/** What fields of these names hold, where their schema gives no example of its own. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  uuid: '6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11',
  name: 'My app',
  title: 'Friday show',
  description: 'Songs and questions',
  appUserId: 'alice',
  appUserName: 'Alice',
  appUserProfileImgUrl: 'https://example.com/alice.png',
  email: 'alice@example.com',
  type: 'BROADCAST_RTMP',
  accessLevel: 'PUBLIC',
  channelState: 'CREATED',
  ingestUrl: 'rtmp://media.example.com:1935/live',
  streamKey: '7-Zk3v9QxT0mW4cR8sLpYuA',
  url: 'https://media.example.com/vod/1/master.m3u8',
  vodUrl: 'https://media.example.com/vod/1/master.m3u8',
  playUrl: 'https://media.example.com/live/8fK2/master.m3u8',
  cmafHlsPlayUrl: 'https://media.example.com/live/8fK2/master.m3u8',
  cmafDashPlayUrl: 'https://media.example.com/live/8fK2/manifest.mpd',
  rtmpPlayUrl: 'rtmp://media.example.com:1935/live/8fK2',
  httpFlvPlayUrl: 'https://media.example.com/egress/8fK2.flv',
  liveUrl: 'https://media.example.com/live/8fK2/master.m3u8',
  videoPostState: 'PROCESSED',
  videoKey: '6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11',
  channelKey: '6f1d3a0e-52b4-4c43-9a53-0d6f0a6f2c11',
  customType: 'host',
  country: 'KR',
  lang: 'ko',
  channelId: '7',
  contentId: 'b1946ac9',
  messageType: 'MESSAGE',
  receiverAppUserIds: 'alice',
  lastError: 'The receiver answered 503.',
  contentType: 'video/mp4',
  originalFileName: 'show.mp4',
  code: 'not_viewable',
  message: 'No picture came within 20 s.',
};
const SHOWN_ITEMS = 1;

type Components = Readonly<Record<string, JsonSchema>>;

function ofText(schema: JsonSchema, name: string): string {
  if (schema.format === 'uuid') return String(BY_NAME.uuid);
  if (schema.format === 'date-time') return '2026-11-21T12:00:00.000Z';
  if (schema.format === 'uri') return String(BY_NAME.url);
  const known = BY_NAME[name];
  return typeof known === 'string' ? known : 'text';
}

function ofObject(schema: JsonSchema, components: Components): unknown {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  return Object.fromEntries(
    Object.entries(properties).map(([name, it]) => [name, exampleOf(it, components, name)]),
  );
}

function ofType(type: unknown, schema: JsonSchema, components: Components, name: string): unknown {
  switch (type) {
    case 'object':
      return ofObject(schema, components);
    case 'array': {
      const item = schema.items as JsonSchema | undefined;
      return item ? Array.from({ length: SHOWN_ITEMS }, () => exampleOf(item, components, name)) : [];
    }
    case 'string':
      return ofText(schema, name);
    case 'integer':
    case 'number':
      return Math.max(1, Number(schema.minimum ?? 1));
    case 'boolean':
      return false;
    default:
      return null;
  }
}

/** A value that a schema takes: its own example, or one made of its parts. */
export function exampleOf(schema: JsonSchema, components: Components, name = ''): unknown {
  if (Array.isArray(schema.examples)) return schema.examples[0] as unknown;
  if (typeof schema.$ref === 'string') {
    const component = components[schema.$ref.split('/').pop() ?? ''];
    return component ? exampleOf(component, components, name) : null;
  }
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] as unknown;
  const [first] = [schema.anyOf, schema.oneOf].find(Array.isArray) ?? [];
  if (first) return exampleOf(first as JsonSchema, components, name);
  return ofType(Array.isArray(schema.type) ? schema.type[0] : schema.type, schema, components, name);
}

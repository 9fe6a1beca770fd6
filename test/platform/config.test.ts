import { ConfigError, loadConfig, requireRoleConfig } from '../../src/config';
import { SessionIds } from '../../src/ingest/session-ids';
import { createLogger } from '../../src/logger';
import { SETTINGS } from '../../src/settings';

const problemsOf = (env: Record<string, string>): string[] => {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems;
  }
  throw new Error('the settings were taken');
};

describe('settings', () => {
  it('need nothing set, and are frozen', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      ports: { api: 8080, media: 8081, rtmp: 1935, temporal: 7233, temporalUi: 8233, postgres: null },
      temporalNamespace: 'showrunner',
      nodeId: 'media-1',
      publicBases: { http: 'http://127.0.0.1:8081', rtmp: 'rtmp://127.0.0.1:1935' },
    });
    expect(config.storageDir).toBe(`${config.dataDir}/storage`);
    expect(
      Object.isFrozen(config) && Object.isFrozen(config.ports) && Object.isFrozen(config.publicBases),
    ).toBe(true);
  });

  it.each([
    ['API_PORT', '0'],
    ['API_PORT', '65536'],
    ['API_PORT', '80a'],
    ['HOST', 'not a host'],
    ['NODE_ID', '../up'],
    ['NODE_ID', 'n'.repeat(39)],
    ['PUBLIC_HTTP_URL', 'rtmp://x'],
    ['TEMPORAL_ADDRESS', 'http://x:1'],
    ['LOG_LEVEL', 'loud'],
    ['MAX_SESSIONS', '-1'],
  ] as const)('refuse %s=%s with the variable, what it got and what it takes', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([
      `${name}: got ${JSON.stringify(value)}, takes ${SETTINGS[name].takes}.`,
    ]);
  });

  it('take the longest node name that session ids can be made of', () => {
    const nodeId = 'n'.repeat(38);
    expect(loadConfig({ NODE_ID: nodeId }).nodeId).toBe(nodeId);
    expect(new SessionIds(nodeId, () => 'preview').next().sessionId).toMatch(/^n{38}-[0-9a-f]{8}-1$/);
  });

  it('name all bad variables at once', () => {
    expect(problemsOf({ API_PORT: 'x', NODE_ID: '/' })).toHaveLength(2);
  });

  it('never echo a secret', () => {
    const secrets = { MASTER_KEY: 'short-but-secret', DATABASE_URL: 'mysql://u:hunter2@db/x' };
    const text = problemsOf(secrets).join('\n');
    expect(text).toContain('MASTER_KEY: got a value (not shown), takes 32 bytes in base64.');
    expect(text).not.toMatch(/short-but|hunter2/);
  });

  it('cut a long value', () => {
    expect(problemsOf({ NODE_ID: '/'.repeat(5000) })[0]?.length).toBeLessThan(250);
  });

  it('refuse one port for two listeners', () => {
    expect(problemsOf({ MEDIA_PORT: '8080' })).toEqual([
      'MEDIA_PORT: got "8080", takes a port that API_PORT does not have already.',
    ]);
  });

  it('take an empty variable as not set', () => {
    expect(loadConfig({ API_PORT: '', DATABASE_URL: '' })).toMatchObject({
      ports: { api: 8080 },
      databaseUrl: null,
    });
  });

  it('make public addresses of HOST, and never of a wildcard', () => {
    expect(loadConfig({ HOST: '0.0.0.0' }).publicBases.http).toBe('http://127.0.0.1:8081');
    expect(loadConfig({ HOST: '::1' }).publicBases.rtmp).toBe('rtmp://[::1]:1935');
    expect(loadConfig({ PUBLIC_HTTP_URL: 'https://cdn.example/live/' }).publicBases.http).toBe(
      'https://cdn.example/live',
    );
  });

  it('tell a role what it lacks', () => {
    expect(() => requireRoleConfig(loadConfig({}), null)).toThrow(
      /DATABASE_URL[^]*TEMPORAL_ADDRESS[^]*MASTER_KEY/,
    );
  });
});

describe('the logger', () => {
  it('hides fields that are secrets by their name, at the top and below', () => {
    const lines: string[] = [];
    const log = createLogger({ role: 'test', level: 'info' }, { write: (line) => void lines.push(line) });
    const secret = 'sesame';
    log.info(
      { streamKey: secret, a: { apiSecret: secret, b: { token: secret, c: { password: secret } } } },
      'hello',
    );
    log
      .child({ authorization: secret })
      .warn({ err: Object.assign(new Error('x'), { databaseUrl: secret }) }, 'bad');
    expect(lines.join('')).toContain('[secret]');
    expect(lines.join('')).not.toContain(secret);
  });
});

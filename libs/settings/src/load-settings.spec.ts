import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as kinds from './kinds.ts';
import { formatProblems, likelyTypos, loadSettings } from './load-settings.ts';
import { printableSettings } from './help.ts';
import { optionalSetting, setting, type SettingsOf } from './setting.ts';

const spec = {
  grpcPort: setting({ env: 'MALLA_GRPC_PORT', schema: kinds.port(), default: '15012', description: 'gRPC port.' }),
  peers: setting({
    env: 'MALLA_PEERS',
    schema: kinds.hostPortList(),
    default: '127.0.0.1:1,[::1]:2',
    description: 'Peers.',
  }),
  lease: setting({ env: 'MALLA_LEASE', schema: kinds.duration({ min: 1_000 }), default: '10s', description: 'Lease.' }),
  verbose: setting({ env: 'MALLA_VERBOSE', schema: kinds.bool(), default: 'false', description: 'More.' }),
  token: optionalSetting({ env: 'MALLA_TOKEN', flag: null, schema: kinds.secret(), description: 'Token.' }),
  store: setting({ env: 'MALLA_STORE', schema: kinds.text(), description: 'Where data is.' }),
};

function load(env: Record<string, string>, ...argv: string[]): SettingsOf<typeof spec> {
  const loaded = loadSettings(spec, { env, argv });
  if (loaded.kind !== 'ok') throw new Error(JSON.stringify(loaded));
  return loaded.values;
}

describe('loadSettings', () => {
  it('gives defaults, then variables, then flags', () => {
    const defaults = load({ MALLA_STORE: 's' });
    expect(defaults).toMatchObject({ grpcPort: 15012, lease: 10_000, verbose: false, store: 's', token: undefined });
    expect(defaults.peers).toEqual([
      { host: '127.0.0.1', port: 1 },
      { host: '::1', port: 2 },
    ]);
    expect(load({ MALLA_STORE: 's', MALLA_GRPC_PORT: '1' }).grpcPort).toBe(1);
    expect(load({ MALLA_STORE: 's', MALLA_GRPC_PORT: '1' }, '--grpc-port=2').grpcPort).toBe(2);
    expect(load({ MALLA_STORE: 's' }, '--verbose', '--grpc-port', '3')).toMatchObject({ verbose: true, grpcPort: 3 });
    expect(load({ MALLA_STORE: 's', MALLA_GRPC_PORT: '' }).grpcPort).toBe(15012);
  });

  it('collects every problem under the name that the user wrote', () => {
    const loaded = loadSettings(spec, {
      env: { MALLA_GRPC_PORT: '70000', MALLA_PEERS: 'x', MALLA_VERBOSE: 'yes' },
      argv: ['--lease=1ms', '--grcp-port', '1', 'stray', '--token=x'],
    });
    if (loaded.kind !== 'problems') throw new Error('expected problems');
    expect(loaded.problems.map(({ name }) => name)).toEqual([
      '--grcp-port',
      'stray',
      '--token',
      'MALLA_GRPC_PORT',
      'MALLA_PEERS',
      '--lease',
      'MALLA_VERBOSE',
      'MALLA_STORE',
    ]);
    const text = formatProblems(loaded.problems);
    expect(text).toContain('did you mean --grpc-port?');
    expect(text).toContain('--lease: must be at least 1s');
    expect(text).toContain('MALLA_GRPC_PORT: must be between 0 and 65535');
    expect(text).toContain('MALLA_STORE: must be set: Where data is.');
  });

  it('documents each setting with the default that it really has', () => {
    const help = loadSettings(spec, { env: {}, argv: ['--help'] });
    if (help.kind !== 'help') throw new Error('expected help');
    for (const each of Object.values(spec)) {
      expect(help.text).toContain(each.env);
      if (each.default === undefined) continue;
      expect(help.text).toContain(`[default: ${each.default}]`);
      expect(each.schema.safeParse(each.default).success).toBe(true);
    }
    expect(help.text).toContain('[required]');
    expect(help.text).toContain('[optional]');
  });

  it('finds slips in names of variables, and leaves those of other programs alone', () => {
    const env = { MALLA_GRPC_PROT: '1', MALLA_CONSOLE_THEME: 'dark', GRPC_PORT: '2' };
    expect(likelyTypos(spec, env)).toEqual([{ name: 'MALLA_GRPC_PROT', meant: 'MALLA_GRPC_PORT' }]);
    expect(likelyTypos(spec, { ...env, MALLA_GRPC_PORT: '3' })).toEqual([]);
  });

  it('never shows a secret', () => {
    const values = load({ MALLA_STORE: 's', MALLA_TOKEN: 'hunter2' });
    expect(values.token?.reveal()).toBe('hunter2');
    for (const shown of [
      JSON.stringify(values),
      inspect(values),
      `${values.token}`,
      JSON.stringify(printableSettings(values)),
    ]) {
      expect(shown).not.toContain('hunter2');
      expect(shown).toContain('[redacted]');
    }
  });
});

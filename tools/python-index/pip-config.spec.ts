import { describe, expect, it } from 'vitest';
import { DEFAULT_INDEX, packageSources, parsePipConfig, pipConfigFiles } from './pip-config.mjs';

/** A machine with these configuration files. */
function machine(files: Record<string, string>, env: Record<string, string> = {}) {
  return packageSources({ env, home: '/home/ada', readFile: (file: string) => files[file] });
}

describe('parsePipConfig', () => {
  it('reads [global] and lets a command section win', () => {
    const text = '[install]\nindex-url = https://b/simple\n\n[global]\nindex-url: https://a/simple\ntimeout = 5\n';
    expect(parsePipConfig(text)).toEqual({ 'index-url': 'https://b/simple', timeout: '5' });
  });

  it('normalises keys, joins continued lines and skips comments', () => {
    const text =
      '# mine\n[global]\n--Extra_Index_Url =\n    https://one/simple\n    https://two/simple\n; end\ncert=/ca.pem\n';
    expect(parsePipConfig(text)).toEqual({
      'extra-index-url': '\nhttps://one/simple\nhttps://two/simple',
      cert: '/ca.pem',
    });
  });

  it('keeps an equals sign and a percent sign of a value', () => {
    expect(parsePipConfig('[global]\nindex-url = https://u:p%3Dq@h/simple?a=b')).toEqual({
      'index-url': 'https://u:p%3Dq@h/simple?a=b',
    });
  });

  it('ignores sections of other commands', () => {
    expect(parsePipConfig('[freeze]\nindex-url = https://no/simple')).toEqual({});
  });
});

describe('packageSources', () => {
  it('is the public index when nothing is configured', () => {
    expect(machine({})).toEqual({ indexes: [DEFAULT_INDEX], folders: [], certificates: undefined, proxy: undefined });
  });

  it.each(['/etc/pip.conf', '/etc/xdg/pip/pip.conf', '/home/ada/.pip/pip.conf', '/home/ada/.config/pip/pip.conf'])(
    'reads %s',
    (file) => {
      expect(machine({ [file]: '[global]\nindex-url = https://mirror/simple/' }).indexes).toEqual([
        'https://mirror/simple',
      ]);
    },
  );

  it("takes the user's file over the machine's, and a variable over both", () => {
    const files = {
      '/etc/pip.conf': '[global]\nindex-url = https://machine/simple\ncert = /machine.pem',
      '/home/ada/.config/pip/pip.conf': '[global]\nindex-url = https://user/simple',
    };
    expect(machine(files)).toMatchObject({ indexes: ['https://user/simple'], certificates: '/machine.pem' });
    expect(machine(files, { PIP_INDEX_URL: 'https://variable/simple' }).indexes).toEqual(['https://variable/simple']);
  });

  it('asks extra indexes after the first one', () => {
    const env = { PIP_EXTRA_INDEX_URL: 'https://two/simple https://three/simple/' };
    expect(machine({}, env).indexes).toEqual([DEFAULT_INDEX, 'https://two/simple', 'https://three/simple']);
  });

  it('has no index with no-index, and keeps local folders only', () => {
    const env = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: '/wheels file:///more https://page/of/links' };
    expect(machine({}, env)).toMatchObject({ indexes: [], folders: ['/wheels', '/more'] });
  });

  it('reads no file when PIP_CONFIG_FILE is the null device', () => {
    expect(pipConfigFiles({ PIP_CONFIG_FILE: '/dev/null' }, '/home/ada')).toEqual([]);
  });

  it('reads the file that PIP_CONFIG_FILE names last', () => {
    expect(pipConfigFiles({ PIP_CONFIG_FILE: '/mine.conf', XDG_CONFIG_HOME: '/cfg' }, '/home/ada').slice(-2)).toEqual([
      '/cfg/pip/pip.conf',
      '/mine.conf',
    ]);
  });
});

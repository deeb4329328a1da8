import { describe, expect, it } from 'vitest';
import type { HeaderMatch, HttpFilterConfig } from '@malla/proxy-config';
import { forwardTo, route, routeTable } from '../../../test/http/configs.ts';
import { HttpWorld } from '../../../test/http/http-world.ts';

const router: HttpFilterConfig = {
  name: 'router',
  disabled: false,
  kind: 'router',
  config: { suppressEnvoyHeaders: false },
};

/** Who has that field is refused. */
function world(name: string) {
  const at = new HttpWorld();
  at.cluster({ name: 'up' }).respond = () => 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
  const header: HeaderMatch = {
    name,
    match: { kind: 'present', present: true },
    inverted: false,
    missingIsEmpty: false,
  };
  const rbac: HttpFilterConfig = {
    name: 'rbac',
    disabled: false,
    kind: 'rbac',
    config: {
      statPrefix: '',
      shadowStatPrefix: '',
      rules: {
        action: 'deny',
        policies: [{ name: 'p', permissions: [{ kind: 'header', header }], principals: [{ kind: 'any' }] }],
      },
    },
  };
  const table = routeTable([route('/', forwardTo('up'))]);
  return at.connect(at.manager({ routes: { kind: 'inline', table }, filters: [rbac, router] }));
}

describe('policies about fields that belong to the connection', () => {
  it.each(['upgrade', 'connection'])('%s of an upgrade is seen', (name) => {
    const fields = 'connection: Upgrade\r\nupgrade: websocket\r\n';
    expect(world(name).send(`GET / HTTP/1.1\r\nhost: a\r\n${fields}\r\n`).take()).toContain('RBAC: access denied');
  });

  it.each(['upgrade', 'connection', 'transfer-encoding'])('%s of other requests is not, as in Envoy', (name) => {
    const fields = 'connection: keep-alive\r\nupgrade: websocket\r\ntransfer-encoding: chunked\r\n';
    const answer = world(name).send(`POST / HTTP/1.1\r\nhost: a\r\n${fields}\r\n0\r\n\r\n`).take();
    expect(answer).toContain(' 200 ');
  });
});

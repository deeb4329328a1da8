import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { APPS } from '../images/apps.mjs';
import { BASE_IMAGES } from '../images/base/images.mjs';

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly network_mode?: string;
  readonly [key: string]: unknown;
}

const root = path.join(import.meta.dirname, '../..');
const file = parse(fs.readFileSync(path.join(root, 'docker-compose.yml'), 'utf8'), {
  merge: true,
  maxAliasCount: -1,
}) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(file.services);
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

describe('docker-compose.yml', () => {
  it.each(services)('%s can write nowhere but into volumes, and has no rights to spare', (_name, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service['privileged']).toBeUndefined();
    expect(service['restart']).toBeDefined();
  });

  it('gives capabilities to those that make volumes and rules, and root to nobody else', () => {
    const root = services.filter(([, { user }]) => user?.startsWith('0')).map(([name]) => name);
    const able = services.filter(([, service]) => service.cap_add !== undefined).map(([name]) => name);
    const pods = services.flatMap(([, { network_mode: mode }]) => /^service:(.+)$/.exec(mode ?? '')?.[1] ?? []);
    expect(root.sort()).toEqual([...new Set(pods), 'prepare-volumes'].sort());
    expect(able.sort()).toEqual(root.sort());
  });

  it('takes Malla at its own version, and databases that images:base makes', () => {
    const images = [...new Set(services.map(([, { image }]) => image))];
    const own = images.filter((image) => image.startsWith('malla/'));
    expect(own.sort()).toEqual(
      Object.keys(APPS)
        .map((app) => `malla/${app}:\${MALLA_VERSION:-${version}}`)
        .sort(),
    );
    expect(images).toContain(`\${MALLA_POSTGRES_IMAGE:-${BASE_IMAGES.postgres}}`);
    expect(images).toContain(`\${MALLA_REDIS_IMAGE:-${BASE_IMAGES.redis}}`);
  });

  it('opens ports on loopback unless it is told otherwise', () => {
    for (const [name, { ports = [] }] of services) {
      for (const port of ports)
        expect(port, name).toMatch(/^(127\.0\.0\.1|\$\{MALLA_GATEWAY_ADDRESS:-127\.0\.0\.1\}):/);
    }
  });

  it('opens those that the page of ports tells', () => {
    const page = fs.readFileSync(path.join(root, 'docs/reference/ports.md'), 'utf8');
    const told = [...page.matchAll(/^\| (\d+) +\| `(MALLA_\w+)` +\|/gm)].map(
      ([, port, variable]) => `${variable} ${port}`,
    );
    const open = services.flatMap(([, { ports = [] }]) =>
      ports.map((port) => /\{(MALLA_\w+_PORT):-(\d+)\}/.exec(port)?.slice(1).join(' ')),
    );
    expect(told.sort()).toEqual(open.sort());
  });

  it('holds no secret, and mounts only files of the repository and volumes that it declares', () => {
    for (const [name, { environment = {}, volumes = [] }] of services) {
      for (const [key, value] of Object.entries(environment)) {
        if (/PASSWORD|TOKEN|SECRET/.test(key)) expect(value, `${name} ${key}`).toMatch(/^\//);
        expect(value, `${name} ${key}`).not.toMatch(/:\/\/[^/@]+:[^/@]+@/);
      }
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('./')) expect(fs.existsSync(path.join(root, source)), volume).toBe(true);
        else expect(file.volumes, volume).toHaveProperty([source]);
      }
    }
  });

  it('has every proxy scraped by its Prometheus', () => {
    const scraped = parse(
      fs.readFileSync(path.join(root, 'k8s/observability/prometheus/prometheus-compose.yaml'), 'utf8'),
    ) as { scrape_configs: { job_name: string; dns_sd_configs?: { names: string[] }[] }[] };
    const names = scraped.scrape_configs.flatMap(({ dns_sd_configs: found = [] }) =>
      found.flatMap((each) => each.names),
    );
    const proxies = services
      .filter(([, { environment }]) => environment?.['MALLA_WORKLOAD_NAME'] !== undefined)
      .map(([name, { network_mode: mode }]) => mode?.replace('service:', '') ?? name);
    expect(names.sort()).toEqual(proxies.sort());
  });

  it('lets each agent see the token of its own identity alone', () => {
    for (const [name, { environment, volumes = [] }] of services) {
      const account = environment?.['MALLA_SERVICE_ACCOUNT'];
      if (account === undefined) continue;
      const tokens = volumes.filter((volume) => volume.startsWith('token-'));
      expect(tokens, name).toHaveLength(1);
      const keeper = file.services['join-tokens'];
      const folder = keeper?.volumes
        ?.find((volume) => volume.startsWith(`${tokens[0]?.split(':')[0]}:`))
        ?.split(':')[1];
      const argument = `${environment?.['MALLA_NAMESPACE']}/${account}=${folder}/join.token`;
      expect(keeper?.['command'], name).toContain(argument);
    }
  });
});

// Every overlay rendered by kustomize and checked against Kubernetes' own schemas, strictly; the mesh's objects by mallactl.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { pythonProgram } from '../setup/python-program.mjs';
import { say } from '../setup/report.mjs';
import { must, render } from './kubectl.mjs';

/** Oldest and newest Kubernetes that the manifests are for; native sidecars are stable since the first. */
const VERSIONS = ['1.33', '1.37'];

const FOLDERS = ['overlays/minimal', 'overlays/demo', 'overlays/ha', 'samples/bookinfo/routes'];

/** @throws Error that tells what is wrong in which overlay */
export async function checkOffline({ kubectl, root }) {
  const validator = await pythonProgram({
    title: 'kubernetes-validate',
    name: 'kubernetes-validate',
    program: 'kubernetes-validate',
    tools: path.join(root, '.tools'),
    requirements: path.join(import.meta.dirname, 'requirements.txt'),
    ...(process.env.PYTHON ? { python: process.env.PYTHON } : {}),
  });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-manifests-'));
  // Overlays share most objects.
  const seen = new Set();
  try {
    for (const name of FOLDERS) {
      const text = await render(kubectl, path.join(root, 'k8s', name));
      // As they are written: another writer of YAML would put `yes` and the like without quotes.
      const objects = text.split(/^---\n/m).filter((object) => object.trim() !== '');
      const fresh = objects.filter((object) => !seen.has(object));
      const [ours, theirs] = [fresh.filter(isOurs), fresh.filter((object) => !isOurs(object))];
      for (const object of fresh) seen.add(object);
      if (objects.length === 0) throw new Error(`k8s/${name} has no objects`);
      if (theirs.length > 0) {
        const file = write(folder, 'kubernetes.yaml', theirs);
        for (const version of VERSIONS) await must([validator, '-k', version, '--strict', '--quiet', file]);
      }
      if (ours.length > 0) {
        const file = write(folder, 'mesh.yaml', ours);
        await must([process.execPath, path.join(root, 'apps/mallactl/dist/main.js'), 'validate', '-f', file]);
      }
      say(`  k8s/${name}: ${objects.length} objects are valid`);
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function isOurs(object) {
  return /(^|\.)(istio\.io|malla\.io)\/|^gateway\.networking\.k8s\.io\//.test(parse(object).apiVersion);
}

function write(folder, name, objects) {
  const file = path.join(folder, name);
  fs.writeFileSync(file, objects.join('---\n'));
  return file;
}

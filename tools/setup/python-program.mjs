// A Python program in a virtual environment of its own below .tools, made once from pinned packages.
import fs from 'node:fs';
import path from 'node:path';
import { runQuietly } from './process.mjs';
import { SetupError, withProgress } from './report.mjs';
import { digestOf, Stamps } from './stamps.mjs';

const OLDEST = [3, 11];
const ADVICE = `Install Python ${OLDEST.join('.')} or newer with its modules venv and pip (Debian and Ubuntu: apt-get install python3-venv python3-pip),
or name another interpreter in PYTHON.`;

/**
 * Path of a program. Makes its environment anew when the pinned packages changed. pip takes its index, proxy and certificates from
 * the machine's configuration.
 * @param {{title: string, name: string, tools: string, requirements: string, program: string, python?: string}} params
 *   `title`: as people call it; `name`: of its folder below `tools`, the folder .tools; `requirements`: the pinned packages, with hashes
 * @returns {Promise<string>} throws SetupError that names what is missing
 */
export async function pythonProgram({ title, name, tools, requirements, program, python = 'python3' }) {
  const folder = path.join(tools, name);
  const file = path.join(folder, 'bin', program);
  const stamps = new Stamps(path.join(tools, 'stamps'));
  const wanted = digestOf({ file: requirements });
  if (fs.existsSync(file) && stamps.matches(name, wanted)) return file;
  await checkPython(python, title);
  fs.rmSync(folder, { recursive: true, force: true });
  await withProgress(title, async () => {
    await must([python, '-m', 'venv', folder], 'the virtual environment could not be made', ADVICE);
    const pip = [path.join(folder, 'bin', 'python'), '-m', 'pip', '--disable-pip-version-check', '--no-input'];
    await must(
      [...pip, 'install', '--quiet', '--require-hashes', '--only-binary', ':all:', '-r', requirements],
      'the pinned packages could not be installed',
      'pip uses the index that it is configured for (pip.conf, PIP_INDEX_URL).',
    );
  });
  stamps.write(name, wanted);
  return file;
}

/** Says which of Python, its version, venv and pip is not there. */
async function checkPython(python, title) {
  const version = await runQuietly([python, '-c', 'import sys; print(*sys.version_info[:2])']);
  if (version.code !== 0) throw new SetupError(`${python} is not there, and ${title} is a Python program`, ADVICE);
  const [major, minor] = version.output.trim().split(' ').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new SetupError(`${python} is version ${major}.${minor}; ${title} needs ${OLDEST.join('.')} or newer`, ADVICE);
  // Debian splits both from python3: venv is there without ensurepip, and then makes environments without pip.
  for (const [module, packaged] of [
    ['venv', 'python3-venv'],
    ['ensurepip', 'python3-venv'],
  ]) {
    const { code } = await runQuietly([python, '-c', `import ${module}`]);
    if (code !== 0) throw new SetupError(`${python} has no module ${module} (package ${packaged})`, ADVICE);
  }
}

async function must(command, message, advice) {
  const { code, output } = await runQuietly(command);
  if (code !== 0) throw new SetupError(`${message}:\n${output.trim().split('\n').slice(-8).join('\n')}`, advice);
}

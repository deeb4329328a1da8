// Schemathesis in a virtual environment of its own below .tools, made once from pinned packages.
import fs from 'node:fs';
import path from 'node:path';
import { runQuietly } from '../setup/process.mjs';
import { SetupError, withProgress } from '../setup/report.mjs';
import { digestOf, Stamps } from '../setup/stamps.mjs';

const OLDEST = [3, 11];
const ADVICE = `Install Python ${OLDEST.join('.')} or newer with its modules venv and pip (Debian and Ubuntu: apt-get install python3-venv python3-pip),
or name another interpreter in PYTHON.`;

/**
 * Path of the program `schemathesis`. Makes the environment anew when the pinned packages changed. pip takes its index, proxy and
 * certificates from the machine's configuration.
 * @param {{tools: string, requirements: string, python?: string}} params `tools`: the folder .tools
 * @returns {Promise<string>} throws SetupError that names what is missing
 */
export async function schemathesis({ tools, requirements, python = 'python3' }) {
  const folder = path.join(tools, 'api-fuzz');
  const program = path.join(folder, 'bin', 'schemathesis');
  const stamps = new Stamps(path.join(tools, 'stamps'));
  const wanted = digestOf({ file: requirements });
  if (fs.existsSync(program) && stamps.matches('api-fuzz', wanted)) return program;
  await checkPython(python);
  fs.rmSync(folder, { recursive: true, force: true });
  await withProgress('Schemathesis', async () => {
    await must([python, '-m', 'venv', folder], 'the virtual environment could not be made', ADVICE);
    const pip = [path.join(folder, 'bin', 'python'), '-m', 'pip', '--disable-pip-version-check', '--no-input'];
    await must(
      [...pip, 'install', '--quiet', '--require-hashes', '--only-binary', ':all:', '-r', requirements],
      'the pinned packages could not be installed',
      'pip uses the index that it is configured for (pip.conf, PIP_INDEX_URL).',
    );
  });
  stamps.write('api-fuzz', wanted);
  return program;
}

/** Says which of Python, its version, venv and pip is not there. */
async function checkPython(python) {
  const version = await runQuietly([python, '-c', 'import sys; print(*sys.version_info[:2])']);
  if (version.code !== 0) throw new SetupError(`${python} is not there, and Schemathesis is a Python program`, ADVICE);
  const [major, minor] = version.output.trim().split(' ').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new SetupError(
      `${python} is version ${major}.${minor}; Schemathesis needs ${OLDEST.join('.')} or newer`,
      ADVICE,
    );
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

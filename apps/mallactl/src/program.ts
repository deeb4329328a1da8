import { Command, InvalidArgumentError, Option } from 'commander';
import type { Action } from './command.ts';
import type { GlobalOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Where help and errors go, and the terminal for commands, made when one runs. */
export interface ProgramOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly terminal: () => Promise<Terminal>;
}

/** The tree of commands. It imports nothing but commander, so that help and completion come at once. */
export function buildProgram(output: ProgramOutput): Command {
  const program = new Command('mallactl')
    .description('The command line of Malla: configuration, proxies and identities of a service mesh')
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .showHelpAfterError('(add --help for usage)')
    .helpCommand('help [command]', 'Show help of a command');
  globalOptions().forEach((option) => program.addOption(option));
  const tree = new Tree(program, output);
  resourceCommands(tree);
  historyCommands(tree);
  proxyCommands(tree);
  captureCommands(tree);
  otherCommands(tree);
  return program;
}

function globalOptions(): Option[] {
  const group = 'Server:';
  return [
    new Option('--context <name>', 'context of the kubeconfig').helpGroup(group),
    new Option('-c, --kubeconfig <file>', 'kubeconfig (default: $KUBECONFIG, else ~/.kube/config)').helpGroup(group),
    new Option('-n, --namespace <name>', 'namespace (default: of the context, else "default")').helpGroup(group),
    new Option('--server <url>', 'address of config-api, https').helpGroup(group),
    new Option('--token <token>', 'bearer token').helpGroup(group),
    new Option('--no-color', 'no colours (also NO_COLOR)').helpGroup('Output:'),
  ];
}

/** Builds commands alike: global options everywhere, usage errors thrown, actions loaded late. */
class Tree {
  readonly #parent: Command;
  readonly #output: ProgramOutput;

  constructor(parent: Command, output: ProgramOutput) {
    this.#parent = parent;
    this.#output = output;
  }

  /** A group of commands, such as `proxy-config`. */
  group(name: string, alias: string | undefined, description: string): Tree {
    const command = this.#parent.command(name).description(description);
    if (alias !== undefined) command.alias(alias);
    return new Tree(command, this.#output);
  }

  /** A command for programs: not in help, and everything after its name is an argument. */
  hidden<O>(usage: string, load: () => Promise<Action<O>>): void {
    const command = this.#parent
      .command(usage, { hidden: true })
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions();
    command.action(async () => {
      const args = command.args;
      await (
        await load()
      )({ args, options: {} as GlobalOptions & O, terminal: await this.#output.terminal() });
    });
  }

  add<O>(usage: string, description: string, load: () => Promise<Action<O>>): Command {
    const command = this.#parent.command(usage).description(description);
    globalOptions().forEach((option) => command.addOption(option));
    command.action(async () => {
      const action = await load();
      const options = { ...allOptions(command) } as GlobalOptions & O;
      await action({
        args: command.processedArgs.flat().filter((a) => a !== undefined) as string[],
        options,
        terminal: await this.#output.terminal(),
      });
    });
    return command;
  }
}

/** Options of a command and of those above it; the nearest wins. */
function allOptions(command: Command): Record<string, unknown> {
  const above = command.parent === null ? {} : allOptions(command.parent);
  const own = Object.entries(command.opts<Record<string, unknown>>()).filter(
    ([name]) => command.getOptionValueSource(name) !== 'default' || !(name in above),
  );
  return { ...above, ...Object.fromEntries(own) };
}

const collect = (value: string, before: readonly string[] = []) => [...before, value];

const severalOf = (flag: string, description: string) =>
  new Option(flag, `${description}; can be given several times`).argParser(collect);

/** Levels as Istio writes them, in any case. */
function level(text: string): string {
  const lower = text.toLowerCase();
  if (!['info', 'warning', 'error'].includes(lower)) throw new InvalidArgumentError('must be Info, Warning or Error');
  return lower;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

const files = () =>
  new Option('-f, --filename <file>', 'file, folder, or - for standard input; can be given several times').argParser(
    collect,
  );
const recursive = () => new Option('-R, --recursive', 'also folders inside folders');
const dryRun = () =>
  new Option('--dry-run <where>', 'only check: here, or also on the server').choices(['client', 'server']);
const output = (...choices: string[]) => new Option('-o, --output <format>', 'format of the output').choices(choices);
const selector = () =>
  new Option('-l, --selector <labels>', 'only objects with these labels, such as app=reviews,version!=v1');

function resourceCommands(tree: Tree): void {
  tree
    .add(
      'apply',
      'Create or update resources from files; nothing is written unless everything is valid',
      async () => (await import('./commands/apply.ts')).apply,
    )
    .addOption(files().makeOptionMandatory())
    .addOption(recursive())
    .addOption(dryRun())
    .option('--wait [duration]', 'return when every proxy has acknowledged it (default: at most 30s)')
    .addOption(output('name', 'json', 'yaml'));
  tree
    .add(
      'get <kind> [names...]',
      'Show resources: KIND [NAME ...], KIND/NAME ..., KIND,KIND or all',
      async () => (await import('./commands/get.ts')).get,
    )
    .option('-A, --all-namespaces', 'of all namespaces')
    .addOption(selector())
    .option('-w, --watch', 'go on with changes')
    .option('--no-headers', 'no header line')
    .addOption(output('table', 'wide', 'json', 'yaml', 'name'));
  tree
    .add(
      'delete [targets...]',
      'Delete resources by KIND NAME ..., KIND/NAME ..., by label or by files',
      async () => (await import('./commands/delete.ts')).deleteResources,
    )
    .addOption(files())
    .addOption(recursive())
    .addOption(selector())
    .addOption(dryRun())
    .option('--all', 'all of the kind in the namespace')
    .option('--ignore-not-found', 'it is no failure if there is nothing to delete');
  checkCommands(tree);
}

/** Mistakes in files, and in what a server has. Flags as istioctl has them. */
function checkCommands(tree: Tree): void {
  tree
    .add(
      'validate',
      'Check resources in files without a server',
      async () => (await import('./commands/validate.ts')).validateFiles,
    )
    .alias('v')
    .addOption(files().makeOptionMandatory())
    .addOption(recursive())
    .addOption(output('table', 'json'));
  const threshold = (flag: string, description: string) => new Option(`${flag} <level>`, description).argParser(level);
  tree
    .add(
      'analyze [files...]',
      'Find mistakes across resources: of a server, of files over it, or with --use-kube=false of files alone',
      async () => (await import('./commands/analyze.ts')).analyze,
    )
    .option('-A, --all-namespaces', 'findings about all namespaces')
    .option('-k, --use-kube', 'with what the server has (default)')
    .option('--no-use-kube', 'files alone')
    .option('--complete', 'with --no-use-kube: the files hold the whole mesh, Services and Pods too')
    .addOption(severalOf('-S, --suppress <code=origin>', 'findings not to show, such as "IST0102=Namespace *"'))
    .addOption(threshold('--output-threshold', 'show findings from this level on (default: Info)'))
    .addOption(threshold('--failure-threshold', 'exit code 79 from this level on (default: Error)'))
    .option('--meshConfigFile <file>', 'configuration of the mesh, instead of that of the server')
    .option('-i, --istioNamespace <name>', 'namespace of the control plane (default: istio-system)')
    .addOption(severalOf('--remote-contexts <context>', 'other clusters of the mesh, by their contexts'))
    .option('-r, --revision <name>', 'revision of the control plane whose configuration is read (default: default)')
    .addOption(severalOf('--analyzer <name>', 'only this analyzer'))
    .option('-L, --list-analyzers', 'show all analyzers')
    .option('--timeout <duration>', 'longest wait for the server (default: 30s)')
    .option('--ignore-unknown', 'it is no failure if documents cannot be read')
    .addOption(recursive().hideHelp())
    .option('-v, --verbose', 'tell which analyzers ran')
    .addOption(new Option('--color [when]', 'colours').choices(['always', 'never', 'auto']))
    .addOption(output('log', 'json', 'yaml', 'sarif', 'github'));
}

function historyCommands(tree: Tree): void {
  tree
    .add(
      'history <kind> [name]',
      'Show the revisions of a resource: KIND NAME or KIND/NAME',
      async () => (await import('./commands/history.ts')).history,
    )
    .option('--limit <count>', 'at most so many, newest first', wholeNumber)
    .addOption(output('table', 'json', 'yaml'));
  tree
    .add(
      'diff [targets...]',
      'Compare files with the server, or two revisions of a resource; exit code 1 if they differ',
      async () => (await import('./commands/diff.ts')).diff,
    )
    .addOption(files())
    .addOption(recursive())
    .option('--from <revision>', 'older revision (default: the one before)', wholeNumber)
    .option('--to <revision>', 'newer revision (default: the newest)', wholeNumber);
  tree
    .add(
      'rollback <kind> [name]',
      'Bring a resource back to an earlier revision: KIND NAME or KIND/NAME',
      async () => (await import('./commands/rollback.ts')).rollback,
    )
    .requiredOption('--to-revision <revision>', 'revision as history shows it', wholeNumber)
    .addOption(dryRun());
}

function proxyCommands(tree: Tree): void {
  tree
    .add(
      'proxy-status [proxy]',
      'Show what each proxy was sent and has acknowledged',
      async () => (await import('./commands/proxy-status.ts')).proxyStatus,
    )
    .alias('ps')
    .option('-w, --watch', 'go on with changes')
    .addOption(output('table', 'wide', 'json', 'yaml'));
  tree
    .group('describe', undefined, 'Show all configuration that applies to something, and where it comes from')
    .add(
      'workload <name>',
      'Show what applies to a workload: mutual TLS, policies, routes, destinations, and what is not enforced yet',
      async () => (await import('./commands/describe.ts')).describeWorkload,
    )
    .alias('pod')
    .addOption(output('table', 'json', 'yaml'));
  const config = tree.group(
    'proxy-config',
    'pc',
    'Show what a proxy runs with, from the proxy or from a saved config dump',
  );
  const add = (name: string, alias: string, description: string) =>
    config
      .add(`${name} [proxy]`, description, async () => (await import('./commands/proxy-config.ts')).proxyConfig(name))
      .alias(alias)
      .addOption(
        new Option(
          '-f, --file <file>',
          name === 'endpoint' ? 'saved answer of /clusters?format=json' : 'saved config dump',
        ),
      )
      .option('--admin <address>', 'address of the admin API, such as 127.0.0.1:15000')
      .addOption(output('short', 'table', 'json', 'yaml'));
  add('cluster', 'c', 'Clusters: where requests can go')
    .option('--fqdn <host>', 'of this host')
    .option('--port <port>', 'of this port', wholeNumber)
    .option('--subset <name>', 'of this subset')
    .option('--direction <direction>', 'inbound or outbound');
  add('listener', 'l', 'Listeners: where connections come in')
    .option('--address <address>', 'on this address')
    .option('--port <port>', 'on this port', wholeNumber)
    .option('--type <type>', 'HTTP or TCP');
  add('route', 'r', 'Routes: which request goes where').option('--name <name>', 'of this route configuration');
  add('endpoint', 'ep', 'Endpoints: instances and their health')
    .option('--address <address>', 'at this address')
    .option('--port <port>', 'at this port', wholeNumber)
    .option('--cluster <name>', 'of this cluster')
    .option('--status <status>', 'such as HEALTHY');
  add('secret', 's', 'Certificates that the proxy has; never its keys');
  add('bootstrap', 'b', 'Bootstrap: node, versions and static configuration');
  add('all', 'a', 'All of these');
}

/** What redirects a workload's traffic into its proxy. */
function captureCommands(tree: Tree): void {
  tree
    .add(
      'capture-rules',
      "Print the iptables rules that redirect a workload's traffic into its proxy, for iptables-restore --noflush",
      async () => (await import('./commands/capture-rules.ts')).printCaptureRules,
    )
    .addOption(new Option('--family <family>', 'IP version (default: ipv4)').choices(['ipv4', 'ipv6']))
    .option('--proxy-user <id>', 'user and group that agent and Envoy run as (default: 1337)', wholeNumber)
    .addOption(severalOf('--exclude-inbound-port <port>', 'port that peers reach without the proxy'))
    .addOption(severalOf('--exclude-outbound-port <port>', 'port that the application reaches without the proxy'))
    .addOption(
      severalOf('--exclude-outbound-range <cidr>', 'addresses that the application reaches without the proxy'),
    );
}

function otherCommands(tree: Tree): void {
  const token = tree.group('token', undefined, 'Join tokens of workloads');
  token
    .add(
      'create',
      'Make a token with which a workload joins the mesh',
      async () => (await import('./commands/token.ts')).createToken,
    )
    .requiredOption('--service-account <name>', 'identity of the workload, with -n for its namespace')
    .option('--ttl <duration>', 'how long the token can be used, such as 1h')
    .addOption(output('token', 'json', 'yaml'));
  token
    .add(
      'keep <tokens...>',
      'Keep fresh tokens in files, NAMESPACE/SERVICEACCOUNT=FILE each, until interrupted',
      async () => (await import('./commands/keep-tokens.ts')).keepTokens,
    )
    .option('--ttl <duration>', 'how long each token can be used, such as 1h; it is replaced at half of that')
    .option('--retry <duration>', 'wait after a failure (default: 5s)');
  tree
    .add(
      'version',
      'Show versions of this program, the control plane and the proxies',
      async () => (await import('./commands/version.ts')).version,
    )
    .option('--remote', 'also ask the server (default when one is configured)')
    .option('--no-remote', 'this program alone')
    .option('-s, --short', 'numbers alone')
    .addOption(output('table', 'json', 'yaml'));
  const context = tree.group('context', undefined, 'Servers in the kubeconfig');
  context
    .add('add <name>', 'Add or replace a context', async () => (await import('./commands/context.ts')).addContext)
    .option('--ca-file <file>', 'PEM of the CA that the server is checked against')
    .option('--use', 'make it the current one');
  context.add(
    'use <name>',
    'Make a context the current one',
    async () => (await import('./commands/context.ts')).useContext,
  );
  context
    .add('list', 'Show contexts', async () => (await import('./commands/context.ts')).listContexts)
    .addOption(output('table', 'name', 'json'));
  tree
    .add(
      'completion <shell>',
      'Print the completion script of bash, zsh or fish',
      async () => (await import('./completion/scripts.ts')).completion,
    )
    .addHelpText(
      'after',
      '\nbash: source <(mallactl completion bash)\nzsh:  source <(mallactl completion zsh)\nfish: mallactl completion fish | source',
    );
  tree.hidden('__complete [words...]', async () => {
    const { complete } = await import('./completion/complete.ts');
    const silent = () => undefined;
    return complete(
      buildProgram({ out: silent, err: silent, terminal: () => Promise.reject(new Error('not for running')) }),
    );
  });
}

import type { Resource } from '@malla/model';
import { displayName } from '../connection/resource-paths.ts';
import { UsageError } from '../failure.ts';
import type { CommandInput } from '../command.ts';
import { withServer } from './connect.ts';
import { namedBy, oneTarget } from './one-target.ts';

export interface RollbackOptions {
  readonly toRevision: number;
  readonly dryRun?: 'client' | 'server';
}

/** `rollback`: writes a resource as it was, as a new revision. */
export async function rollback({ args, options, terminal }: CommandInput<RollbackOptions>): Promise<void> {
  const target = oneTarget(args);
  if (options.dryRun === 'client') throw new UsageError('only the server knows revisions: use --dry-run=server');
  const dryRun = options.dryRun === 'server';
  await withServer(options, terminal, async (client, namespace) => {
    const body = { ...namedBy(target, namespace), toRevision: options.toRevision, dryRun };
    const { body: object, warnings } = await client.send<Resource>({
      method: 'POST',
      path: '/apis/malla.io/v1/rollback',
      body,
    });
    for (const warning of warnings) terminal.err(`warning ${warning}\n`);
    const now = dryRun ? ' (server dry run)' : `, now at revision ${object.metadata.resourceVersion ?? 'unknown'}`;
    terminal.out(
      `${displayName(target.definition, target.name)} rolled back to revision ${options.toRevision}${now}\n`,
    );
  });
}

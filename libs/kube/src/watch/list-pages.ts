import { MallaError } from '@malla/model';
import type { KubeClient, KubePage, ListOptions } from '../client/kube-client.ts';
import type { KubeKind, KubeObject } from '../kube-kind.ts';

/** Objects a page, as client-go has it. */
export const defaultPageSize = 500;

/**
 * The whole list at one state, page by page. Where the state of the first page is forgotten before the last one is read, everything is read
 * at once, as client-go does.
 */
export async function listPages<T extends KubeObject>(
  client: KubeClient,
  kind: KubeKind<T>,
  options: Omit<ListOptions, 'continue'>,
): Promise<KubePage<T>> {
  try {
    return await allPages(client, kind, { limit: defaultPageSize, ...options });
  } catch (thrown) {
    if (MallaError.from(thrown).code !== 'expired') throw thrown;
    return client.list(kind, { ...options, limit: undefined });
  }
}

async function allPages<T extends KubeObject>(
  client: KubeClient,
  kind: KubeKind<T>,
  options: ListOptions,
): Promise<KubePage<T>> {
  let page = await client.list(kind, options);
  const items = [...page.items];
  while (page.continue !== undefined) {
    page = await client.list(kind, { ...options, continue: page.continue });
    for (const item of page.items) items.push(item);
  }
  return { items, resourceVersion: page.resourceVersion };
}

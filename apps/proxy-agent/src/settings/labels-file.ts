import { readFileSync } from 'node:fs';
import type { TextSchema } from '@malla/settings';
import { z } from 'zod';

/**
 * Path of a file with labels, which is read at once: the labels that a workload starts with are those that its configuration depends on. The form
 * is that of Kubernetes' downward API. https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 */
export function labelsFile(): TextSchema<Readonly<Record<string, string>>> {
  const schema = z.string().transform((path, context) => {
    try {
      return parseLabels(readFileSync(path, 'utf8'));
    } catch (error) {
      context.addIssue({ code: 'custom', message: `${path}: ${(error as Error).message}` });
      return z.NEVER;
    }
  });
  return schema.describe('path');
}

/** Reads lines of `name="value"`. @throws Error for any other line */
export function parseLabels(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, quoted] = /^([^=\s"]+)=("(?:[^"\\]|\\.)*")\s*$/.exec(line) ?? [];
      if (name === undefined || quoted === undefined) throw new Error(`"${line.slice(0, 80)}" is not name="value"`);
      return [name, JSON.parse(quoted) as string];
    }),
  );
}

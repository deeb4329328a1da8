import { appliedCopyAnnotation, type Resource } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { redact, redactPair } from './redaction.ts';

const copyOf = (pin: string): string => `{"kind":"Secret","data":{"pin":"${pin}"}}`;
const secret = (pin: string): Resource => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'hush', annotations: { team: 'shop', [appliedCopyAnnotation]: copyOf(pin) } },
  data: { pin },
});

describe('redact', () => {
  it('hides values and the copy of them that kubectl apply keeps', () => {
    const shown = redact(secret('aHVudGVyMg=='));
    expect(JSON.stringify(shown)).not.toContain('aHVudGVyMg');
    expect(shown.metadata.annotations).toMatchObject({ team: 'shop' });
    expect(Object.keys(shown['data'] as object)).toEqual(['pin']);
  });

  it('hides both sides of a difference', () => {
    const text = JSON.stringify(redactPair(secret('b25l'), secret('dHdv')));
    expect(text).not.toMatch(/b25l|dHdv/);
    expect(text).toContain('changed');
  });

  it('leaves kinds without secrets as they are', () => {
    const object = { ...secret('x'), kind: 'Service' };
    expect(redact(object)).toBe(object);
  });
});

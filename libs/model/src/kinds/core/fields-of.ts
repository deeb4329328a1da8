import type { z } from 'zod';
import type { Payload, Typed } from '../kind-definition.ts';

/** An object of a kind without `spec`: its fields stand beside metadata. */
export type FieldsOf<G extends string, K extends string, P extends Payload> = Omit<Typed<G, K, never>, 'spec'> &
  z.input<z.ZodObject<P>>;

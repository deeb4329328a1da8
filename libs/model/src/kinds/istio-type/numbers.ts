import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';

/** A whole number from 0 to 4294967295, as protobuf's uint32. */
export const uint32 = (): z.ZodInt => z.int().min(0).max(4_294_967_295);

/** A whole number from 0 on, as protobuf's uint64; at most the largest that JSON keeps exactly (2^53 - 1). */
export const uint64 = (): z.ZodInt => z.int().min(0);

/** A number with fractions, as protobuf's double. */
export const double = (): z.ZodNumber => z.number().meta({ format: 'double' });

const portRule = { rule: '0 < self && self <= 65535', message: 'port must be between 1-65535' };

/** A uint32 that must be a TCP port, by a rule in CEL as Istio has it. */
export const portByRule = (): z.ZodInt => withRules(uint32(), portRule);

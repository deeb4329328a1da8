/** A certificate's life, or anything with one. Milliseconds since the epoch. */
export interface Lifetime {
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface RotationParams {
  /** The part of the life after which to rotate. Default 0.5, as Istio's SECRET_GRACE_PERIOD_RATIO. */
  readonly ratio?: number;
  /** The rotation is moved by at most this part of the life, to either side, so that a fleet does not rotate at once. Default 0.01. */
  readonly jitter?: number;
  /** Gives numbers in [0, 1). Default Math.random. */
  readonly random?: () => number;
}

/** When to rotate a certificate, in milliseconds since the epoch. Always within its life. */
export function rotationTime(lifetime: Lifetime, params: RotationParams = {}): number {
  const { ratio = 0.5, jitter = 0.01, random = Math.random } = params;
  const { notBefore, notAfter } = lifetime;
  const share = ratio + jitter * (random() * 2 - 1);
  return notBefore + Math.round((notAfter - notBefore) * Math.min(1, Math.max(0, share)));
}

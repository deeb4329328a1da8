import { describe, expect, it } from 'vitest';
import { controlPlaneId, controlPlaneServiceOf } from './control-plane.ts';
import { formatWorkloadId, parseWorkloadId, principalOf } from './workload-id.ts';

const cart = { trustDomain: 'cluster.local', namespace: 'shop', serviceAccount: 'cart' };

describe('workload ids', () => {
  it('have the layout of Istio', () => {
    expect(formatWorkloadId(cart)).toBe('spiffe://cluster.local/ns/shop/sa/cart');
    expect(parseWorkloadId('spiffe://cluster.local/ns/shop/sa/cart')).toEqual(cart);
    expect(principalOf(formatWorkloadId(cart))).toBe('cluster.local/ns/shop/sa/cart');
  });

  it.each([
    'spiffe://cluster.local',
    'spiffe://cluster.local/ns/shop',
    'spiffe://cluster.local/ns/shop/sa/cart/x',
    'spiffe://cluster.local/sa/a/ns/b',
  ])('does not read %s', (text) => {
    expect(parseWorkloadId(text)).toBeUndefined();
  });

  it('cannot be forged by a slash in a name', () => {
    expect(() => formatWorkloadId({ ...cart, namespace: 'shop/sa/admin' })).toThrow(TypeError);
    expect(() => formatWorkloadId({ ...cart, serviceAccount: '' })).toThrow(TypeError);
  });
});

describe('ids of the control plane', () => {
  it('are known by trust domain, namespace and service', () => {
    const id = controlPlaneId('discovery', 'cluster.local');
    expect(id).toBe('spiffe://cluster.local/ns/malla-system/sa/discovery');
    expect(controlPlaneServiceOf(id, 'cluster.local')).toBe('discovery');
    expect(controlPlaneServiceOf(id, 'other.example')).toBeUndefined();
    expect(controlPlaneServiceOf('spiffe://cluster.local/ns/shop/sa/discovery', 'cluster.local')).toBeUndefined();
    expect(controlPlaneServiceOf('spiffe://cluster.local/ns/malla-system/sa/cart', 'cluster.local')).toBeUndefined();
  });
});

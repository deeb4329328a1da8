import { listOf, type Fields } from '../edit.ts';

/** `~` is nobody: nobody sees the object, so it does nothing. Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/ (exportTo) */
export function exportedToNobody(spec: Fields): boolean {
  return listOf(spec['exportTo']).includes('~');
}

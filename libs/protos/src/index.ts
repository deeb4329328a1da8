// Resources as bytes
export { encodeBytes, encodeResource, typeUrlOf, typeUrlPrefix, type EncodedResource } from './encoded-resource.ts';
// xDS types
export { deliveryOrder, typeUrls } from './type-urls.ts';

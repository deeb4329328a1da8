import { reviewKinds, reviewVersion, type ReviewKind } from '../reviews/review-kinds.ts';
import { bodyFailures, failureAnswers, failureComponents, jsonAnswer, schemaRef } from './openapi-answers.ts';

type Json = Record<string, unknown>;

/** Groups of kinds that are asked and not stored, as documents of OpenAPI. */
export const reviewDocuments: readonly string[] = [
  ...new Set(reviewKinds.map(({ group }) => `apis/${group}/${reviewVersion}`)),
];

/** Paths and components of one such document. */
export function reviewParts(documentName: string): { paths: Json; schemas: Json; responses: Json } {
  const inside = reviewKinds.filter(({ group }) => documentName === `apis/${group}/${reviewVersion}`);
  return {
    paths: Object.fromEntries(inside.map((kind) => [pathOf(kind), itemOf(kind)])),
    schemas: {
      ...failureComponents.schemas,
      ...Object.fromEntries(inside.map((kind) => [schemaName(kind), schemaOf(kind)])),
    },
    responses: failureComponents.responses,
  };
}

function pathOf({ group, plural, namespaced }: ReviewKind): string {
  return `/apis/${group}/${reviewVersion}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}`;
}

function itemOf(review: ReviewKind): Json {
  const { group, kind, namespaced } = review;
  const media = { schema: schemaRef(schemaName(review)) };
  const namespace = { name: 'namespace', in: 'path', required: true, schema: { type: 'string', minLength: 1 } };
  return {
    ...(namespaced ? { parameters: [namespace] } : {}),
    post: {
      operationId: `create${kind}`,
      requestBody: { required: true, content: { 'application/json': media, 'application/yaml': media } },
      responses: {
        201: jsonAnswer('the question with its answer in status', media.schema),
        ...failureAnswers(...bodyFailures),
      },
      'x-kubernetes-action': 'post',
      'x-kubernetes-group-version-kind': { group, version: reviewVersion, kind },
    },
  };
}

function schemaName({ group, kind }: ReviewKind): string {
  return `io.k8s.api.${group.split('.')[0] ?? ''}.${reviewVersion}.${kind}`;
}

function schemaOf({ group, kind }: ReviewKind): Json {
  return {
    type: 'object',
    properties: {
      apiVersion: { type: 'string', enum: [`${group}/${reviewVersion}`] },
      kind: { type: 'string', enum: [kind] },
      metadata: { type: 'object' },
      spec: { type: 'object' },
      status: { type: 'object' },
    },
    'x-kubernetes-group-version-kind': [{ group, version: reviewVersion, kind }],
  };
}

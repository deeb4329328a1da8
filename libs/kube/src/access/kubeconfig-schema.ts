import { z } from 'zod';

const named = <K extends string, T extends z.ZodType>(key: K, schema: T) =>
  z.looseObject({ name: z.string(), [key]: schema } as { name: z.ZodString } & Record<K, T>);

/** https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ */
const execSchema = z.looseObject({
  apiVersion: z.enum(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'], {
    error: 'must be client.authentication.k8s.io/v1 or v1beta1',
  }),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
  provideClusterInfo: z.boolean().nullish(),
});

export type ExecConfig = z.infer<typeof execSchema>;

const clusterSchema = z.looseObject({
  server: z.string().regex(/^https?:\/\//, { error: 'must be a URL' }),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  'proxy-url': z.string().optional(),
});

export type ClusterConfig = z.infer<typeof clusterSchema>;

const userSchema = z.looseObject({
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  exec: execSchema.nullish(),
});

export type UserConfig = z.infer<typeof userSchema>;

const contextSchema = z.looseObject({
  cluster: z.string(),
  user: z.string().default(''),
  namespace: z.string().optional(),
});

/** A kubeconfig, as far as it says where a server is and how it knows us. https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
export const kubeconfigSchema = z.looseObject({
  'current-context': z.string().min(1, { error: 'must name a context' }),
  clusters: z.array(named('cluster', clusterSchema)),
  contexts: z.array(named('context', contextSchema)),
  users: z.array(named('user', userSchema.nullish())).nullish(),
});

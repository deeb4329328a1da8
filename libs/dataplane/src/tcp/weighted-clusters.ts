import type { TcpProxyConfig } from '@malla/proxy-config';

/** Chooses a cluster for each connection, in proportion to the weights. */
export function chooseCluster(clusters: TcpProxyConfig['clusters']): (random: () => number) => string {
  const first = clusters[0]?.name ?? '';
  if (clusters.length < 2) return () => first;
  const total = clusters.reduce((sum, { weight }) => sum + weight, 0);
  return (random) => {
    let at = random() * total;
    for (const { name, weight } of clusters) {
      at -= weight;
      if (at < 0) return name;
    }
    return first;
  };
}

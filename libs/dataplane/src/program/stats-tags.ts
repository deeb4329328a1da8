import type { TagRule } from '../stats/tag-rules.ts';

interface StatsConfigJson {
  readonly useAllDefaultTags?: boolean;
  readonly statsTags?: readonly { readonly tagName?: string; readonly regex?: string }[];
}

/** The bootstrap's own rules for labels; undefined when Envoy's default ones hold. Rules with a fixed value are left out. */
export function statsTagsOf(bootstrapText: string): readonly TagRule[] | undefined {
  const json = JSON.parse(bootstrapText) as Record<string, StatsConfigJson | undefined>;
  const config = (json['statsConfig'] ?? json['stats_config']) as
    (StatsConfigJson & Record<string, unknown>) | undefined;
  const useDefaults = config?.useAllDefaultTags ?? config?.['use_all_default_tags'] ?? true;
  if (config === undefined || useDefaults !== false) return undefined;
  const tags = (config.statsTags ?? config['stats_tags'] ?? []) as readonly Record<string, string | undefined>[];
  return tags.flatMap((tag) => {
    const name = tag['tagName'] ?? tag['tag_name'];
    const regex = tag['regex'];
    return name === undefined || regex === undefined ? [] : [{ name, regex }];
  });
}

import type { BootstrapConfig } from '@malla/proxy-config';
import type { StatsConfig, StatsMatcher, TagSpecifier } from '@malla/protos/gen/envoy/config/metrics/v3/stats_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readStringMatches } from '../wire/string-match.ts';

type Stats = Pick<BootstrapConfig, 'statsPrefixes' | 'statsTags' | 'defaultStatsTags'>;

/** Which statistics there are, and how their names become labels. */
export function readStatsConfig(reader: FieldReader<StatsConfig> | undefined): Stats {
  const statsTags = reader?.messages('statsTags').map(readTag) ?? [];
  const defaultStatsTags = reader?.take('useAllDefaultTags') ?? true;
  // Envoy's own labels are not made by expressions here, so there is nothing that others could stand beside.
  if (defaultStatsTags && statsTags.some((tag) => 'regex' in tag))
    reader?.refuse('statsTags', 'with regex needs use_all_default_tags: false');
  return { statsPrefixes: readPrefixes(reader?.message('statsMatcher')), statsTags, defaultStatsTags };
}

/** Statistics are chosen by the beginning of their names alone. */
function readPrefixes(reader: FieldReader<StatsMatcher> | undefined): string[] {
  const patterns = reader?.oneof<'statsMatcher', string[]>('statsMatcher', {
    inclusionList: (list, path) =>
      readStringMatches(list).map((match, index) => {
        if (match.kind !== 'prefix' || match.ignoreCase) {
          list.reading.report(`${path}.patterns[${index}]`, 'must be a prefix');
        }
        return match.value;
      }),
  });
  return patterns ?? [];
}

function readTag(reader: FieldReader<TagSpecifier>): Stats['statsTags'][number] {
  const value = reader.oneof<'tagValue', { regex: string } | { fixed: string }>('tagValue', {
    regex: (regex) => ({ regex }),
    fixedValue: (fixed) => ({ fixed }),
  });
  // Without a value Envoy takes its own expression of that name.
  if (!value) reader.reading.report(reader.path, 'needs regex or fixed_value');
  return { name: reader.take('tagName'), ...(value ?? { fixed: '' }) };
}

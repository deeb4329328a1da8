import { z } from 'zod';
import { intOrString } from '../../schema/kubernetes-schema.ts';
import { double, uint32 } from '../istio-type/numbers.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { clientTlsSchema } from '../networking/client-tls.ts';
import { openCensusContexts } from './tracing-providers.ts';

const text = z.string().optional();
const most = intOrString().nullish();

const named = (what: string) =>
  z.strictObject({
    name: text.describe(`Name of the ${what}.`),
    defaultValue: text.describe(`Value where there is no such ${what}; default: no tag.`),
  });

const customTagSchema = atMostOneOf(
  z.strictObject({
    literal: z
      .strictObject({ value: text.describe('The value.') })
      .optional()
      .describe('Always the same value.'),
    environment: named('environment variable').optional().describe('Value of a variable of the proxy’s environment.'),
    header: named('request header').optional().describe('Value of a request header.'),
  }),
  ['literal', 'environment', 'header'],
);

const stackdriver = z.strictObject({
  debug: z.boolean().optional().describe('Also print traces.'),
  maxNumberOfAttributes: most.describe('Most attributes of a span; default 200.'),
  maxNumberOfAnnotations: most.describe('Most annotations of a span; default 200.'),
  maxNumberOfMessageEvents: most.describe('Most message events of a span; default 200.'),
});

/** Tracing as proxies start with it; Telemetry is the newer way, and can be changed without a restart. */
export const proxyTracingSchema = atMostOneOf(
  z.strictObject({
    zipkin: z
      .strictObject({ address: text.describe('host:port of Zipkin.') })
      .optional()
      .describe('Spans for Zipkin.'),
    lightstep: z
      .strictObject({
        address: text.describe('host:port of Lightstep’s satellites.'),
        accessToken: text.describe('Token for Lightstep; readers of the object see it.'),
      })
      .optional()
      .describe('Spans for Lightstep; deprecated.'),
    datadog: z
      .strictObject({ address: text.describe('host:port of Datadog’s agent.') })
      .optional()
      .describe('Spans for Datadog.'),
    stackdriver: stackdriver.optional().describe('Spans for Google Cloud; deprecated.'),
    openCensusAgent: z
      .strictObject({ address: text.describe('Address of the agent, as gRPC names it.'), context: openCensusContexts })
      .optional()
      .describe('Spans for an OpenCensus agent; deprecated.'),
    customTags: z.record(z.string(), customTagSchema).optional().describe('Further tags of spans, by name of the tag.'),
    maxPathTagLength: uint32().optional().describe('Most characters of the path in a span’s tag; default 256.'),
    sampling: double()
      .optional()
      .describe('Share of requests that are traced, if no caller has decided, 0 to 100; default 1.'),
    tlsSettings: clientTlsSchema.optional().describe('How connections to the collector are secured.'),
    enableIstioTags: z.boolean().nullish().describe('Add Istio’s own tags, such as the mesh id; default true.'),
  }),
  ['zipkin', 'lightstep', 'datadog', 'stackdriver', 'openCensusAgent'],
);

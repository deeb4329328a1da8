import { describe, expect, it } from 'vitest';
import { parseReport } from './h2spec.ts';

describe('h2spec report', () => {
  it('tells the outcome of each case', () => {
    const xml = `<testsuites><testsuite name="1" package="http2/1" tests="3">
      <testcase package="http2/1" classname="Sends a &#34;te&#34; field" time="0.1"></testcase>
      <testcase package="http2/1" classname="b" time="0.1"><failure>Expect:
GOAWAY (PROTOCOL_ERROR) & <close></failure></testcase>
      <testcase package="hpack/2" classname="c" time="0.1">
        <skipped></skipped>
      </testcase></testsuite></testsuites>`;
    expect(parseReport(xml)).toEqual([
      { section: 'http2/1', title: 'Sends a "te" field', outcome: 'passed', text: '' },
      { section: 'http2/1', title: 'b', outcome: 'failed', text: 'Expect:\nGOAWAY (PROTOCOL_ERROR) & <close>' },
      { section: 'hpack/2', title: 'c', outcome: 'skipped', text: '' },
    ]);
  });
});

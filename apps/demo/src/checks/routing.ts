import { expect, fieldOf, tally, type Check } from './check.ts';

const requests = 1000;
const canaryShare = 0.1;
/** Standard deviations that the canary's share may be off: chance alone exceeds this once in 15,000 runs. */
const sigmas = 4;

/** A weighted split, within what chance allows. */
export const weightedSplit: Check = {
  title: 'nine of ten requests go to reviews v1, one to v2',
  async run(mesh) {
    await mesh.apply('reviews-routing.yaml');
    const responses = await mesh.load.run({ service: 'reviews', url: `${mesh.urlOf('reviews')}/reviews/0`, requests });
    const failed = responses.filter((r) => r.status !== 200);
    expect(failed.length === 0, `${failed.length} of ${requests} failed: ${tally(failed.map((r) => r.status))}`);
    const versions = responses.map((r) => fieldOf(r.body, 'version'));
    const canary = versions.filter((v) => v === 'v2').length;
    const margin = sigmas * Math.sqrt(requests * canaryShare * (1 - canaryShare));
    expect(
      versions.every((v) => v === 'v1' || v === 'v2'),
      `unexpected versions: ${tally(versions)}`,
    );
    expect(
      Math.abs(canary - requests * canaryShare) <= margin,
      `v2 got ${canary} of ${requests}, expected ${requests * canaryShare} ± ${margin.toFixed(0)}`,
    );
    return `${tally(versions)} (v2 expected ${requests * canaryShare} ± ${margin.toFixed(0)})`;
  },
};

/** A user routed by header, and nobody else. */
export const headerRouting: Check = {
  title: 'the user jason is routed to reviews v3 by header',
  async run(mesh) {
    const run = { service: 'reviews', url: `${mesh.urlOf('reviews')}/reviews/0`, requests: 50 };
    const jason = await mesh.load.run({ ...run, headers: { 'end-user': 'jason' } });
    const others = await mesh.load.run({ ...run, headers: { 'end-user': 'jasonx' } });
    const versions = jason.map((r) => fieldOf(r.body, 'version'));
    expect(
      versions.every((v) => v === 'v3'),
      `jason saw ${tally(versions)}`,
    );
    expect(
      others.every((r) => fieldOf(r.body, 'version') !== 'v3'),
      'another user saw v3',
    );
    return `jason: ${tally(versions)}; others: ${tally(others.map((r) => fieldOf(r.body, 'version')))}`;
  },
};

/** The whole call tree through every proxy on the way. */
export const callTree: Check = {
  title: 'a page is put together from four services through their proxies',
  async run(mesh) {
    const url = `${mesh.urlOf('productpage')}/productpage`;
    // A user may read details ten times a minute (details-limit.yaml), and each page does.
    const pages = await mesh.load.run({ service: 'productpage', url, requests: 8, headers: { 'end-user': 'jason' } });
    const complete = pages.filter((page) => {
      const reviews = fieldOf(fieldOf(page.body, 'reviews'), 'body');
      return (
        page.status === 200 &&
        fieldOf(fieldOf(page.body, 'details'), 'status') === 200 &&
        fieldOf(fieldOf(reviews, 'ratings'), 'status') === 200
      );
    });
    expect(
      complete.length === pages.length,
      `${pages.length - complete.length} of ${pages.length} pages are incomplete: ${JSON.stringify(pages.find((p) => !complete.includes(p)))}`,
    );
    return `${complete.length} of ${pages.length} pages complete`;
  },
};

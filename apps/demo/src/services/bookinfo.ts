import { callerOf, callOn, type Handler } from './sample-service.ts';

/** Where a service reaches the ones it calls, such as `http://127.0.0.1:20001`: its own proxy. */
export interface Upstreams {
  readonly details?: string;
  readonly reviews?: string;
  readonly ratings?: string;
}

/** The services of the sample, by name; shaped like Istio's bookinfo. */
export const bookinfo: Readonly<Record<string, (version: string, upstreams: Upstreams) => Handler>> = {
  productpage,
  details,
  reviews,
  ratings,
};

function productpage(_version: string, upstreams: Upstreams): Handler {
  return async (request) => {
    if (request.url !== '/productpage') return undefined;
    const [details, reviews] = await Promise.all([
      callOn(request, `${upstreams.details}/details/0`),
      callOn(request, `${upstreams.reviews}/reviews/0`),
    ]);
    return { status: 200, body: { product: 'The Comedy of Errors', caller: callerOf(request), details, reviews } };
  };
}

function details(): Handler {
  return async (request) => {
    if (request.url !== '/details/0') return undefined;
    const book = { id: 0, author: 'William Shakespeare', year: 1595, pages: 200, language: 'English' };
    return { status: 200, body: { ...book, caller: callerOf(request) } };
  };
}

/** v1 shows no stars; v2 black ones and v3 red ones, from ratings. */
function reviews(version: string, upstreams: Upstreams): Handler {
  return async (request) => {
    if (request.url !== '/reviews/0') return undefined;
    const rated =
      version === 'v1'
        ? {}
        : {
            ratings: await callOn(request, `${upstreams.ratings}/ratings/0`),
            color: version === 'v2' ? 'black' : 'red',
          };
    return {
      status: 200,
      body: {
        id: 0,
        version,
        caller: callerOf(request),
        texts: ['An extremely entertaining play', 'Absolutely fun'],
        ...rated,
      },
    };
  };
}

function ratings(): Handler {
  return async (request) => {
    if (request.url !== '/ratings/0') return undefined;
    return { status: 200, body: { id: 0, caller: callerOf(request), ratings: { reviewer1: 5, reviewer2: 4 } } };
  };
}

export { ConfigFeed, type ConfigChanges, type ConfigFeedParams, type FeedState } from './config-feed.ts';

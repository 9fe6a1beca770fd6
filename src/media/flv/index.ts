export * from './aac-config';
export * from './avc-config';
export * from './classify';
export * from './reader';
export * from './recorder';
export * from './script';
export { parseSps, type SpsFacts } from './sps';
export * from './tag';
export * from './truncate';

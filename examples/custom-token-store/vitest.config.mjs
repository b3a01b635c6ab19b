export default {
  test: { globals: true, include: ['test/**/*spec.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
};

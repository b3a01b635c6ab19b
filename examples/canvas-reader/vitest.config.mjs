export default {
  test: { globals: true, include: ['test/**/*.e2e-spec.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
};

/** Loaded before the service: what the soak started ends with it, however it ends. */
process.on('disconnect', () => process.exit());

/** Loaded before the service: what a case started ends with it, however it ends. */
process.on('disconnect', () => process.exit());

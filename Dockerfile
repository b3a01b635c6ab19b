# The service as an image: docker build -t nest-lti .
# It needs DATABASE_URL: the embedded PostgreSQL is left out. It writes no file, so it runs with --read-only.

FROM node:24-bookworm-slim AS pack
WORKDIR /source
COPY . .
RUN npm ci --no-audit --no-fund
RUN npm run pack

FROM node:24-bookworm-slim AS install
WORKDIR /app
COPY --from=pack /source/build/*.tgz /tarballs/
RUN npm install --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error /tarballs/*.tgz && rm -f package-lock.json

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=install /app /app
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "node_modules/nest-lti-server/dist/main.js"]
CMD ["serve"]

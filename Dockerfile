# syntax=docker/dockerfile:1

FROM node:24-bookworm-slim AS build
WORKDIR /app
# Only the GPU parts of onnxruntime are downloaded by its install script; the CPU library is in the package.
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json ./
# No install script is needed here: the image brings Node itself, which the package `node` would fetch once more.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY scripts/bundle-packages.mjs ./scripts/
RUN npm run build

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json ./
# One layer with the pruning, so that what is removed never becomes part of the image: onnxruntime's libraries for other
# systems and processors (about 240 MB), and source maps.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && cd node_modules/onnxruntime-node/bin/napi-v6 \
  && find . -mindepth 2 -maxdepth 2 -type d ! -path "./linux/$(node -p process.arch)" -exec rm -rf {} + \
  && find . -mindepth 1 -maxdepth 1 -type d -empty -delete \
  && cd /app && find node_modules -name '*.map' -delete \
  && npm cache clean --force

FROM node:24-bookworm-slim
WORKDIR /app
# MALLOC_*: what V8's compilers borrow from glibc goes back to the system when they are done; by default it stays in one
# arena a thread, 20 MB and more after the first load.
# ORT_DISABLE_TELEMETRY matters from onnxruntime 1.29 on; it has to be set before the library loads.
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  DATA_DIR=/data \
  MALLOC_ARENA_MAX=2 \
  MALLOC_MMAP_THRESHOLD_=32768 \
  MALLOC_TOP_PAD_=16384 \
  MALLOC_TRIM_THRESHOLD_=1048576 \
  ORT_DISABLE_TELEMETRY=1
RUN mkdir /data && chown node:node /data
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY examples ./examples
USER node
VOLUME /data
EXPOSE 5000 5050 8000-8010
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 5000}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that it gets the SIGTERM that starts the drain.
CMD ["node", "--disable-warning=ExperimentalWarning", "--min-semi-space-size=8", "--max-semi-space-size=8", "--expose-gc", "--heap-growing-percent=200", "dist/main.js"]

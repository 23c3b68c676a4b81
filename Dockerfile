# syntax=docker/dockerfile:1
# One image for api and worker; what runs is the command. Build: docker build -t weft:local .
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS deps
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund

FROM deps AS build
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
COPY activities activities
COPY agent agent
COPY api api
COPY bridge bridge
COPY cli cli
COPY client client
COPY worker worker
COPY workflows workflows
RUN npm run build

FROM deps AS production-deps
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --no-audit --no-fund

FROM ${NODE_IMAGE} AS runtime
# git: an agent's result names the files that it changed. Other programs of agents belong into an image of your own, made from this one.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git \
  && rm -rf /var/lib/apt/lists/* \
  && install --directory --owner=node --group=node --mode=0750 /var/lib/weft
WORKDIR /app
ENV NODE_ENV=production WEFT_DATA_DIR=/var/lib/weft
COPY --from=production-deps /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.API_PORT || 3000}/health/live`).then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/api/main.js"]

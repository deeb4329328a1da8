# The images of Malla: `npm run images` builds all of them (docs/guides/compose.md), `docker build --target NAME .` one.
# Plain enough for the classic builder: no mounts, no heredocs. Stages of one image each come last; each holds what
# tools/images/apps.mjs names and what that reaches, a Node.js and the libraries of C, and no shell.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# What every stage that fetches something starts from. The certificates that the machine trusts besides the usual ones
# come as a file that `npm run images` writes; they stay in this stage. A COPY of patterns alone may match nothing.
FROM ${NODE_IMAGE} AS base
ARG NPM_REGISTRY=https://registry.npmjs.org/
ARG PIP_INDEX_URL
COPY LICENSE .tools/images/trust.pe[m] /trust/
ENV NODE_EXTRA_CA_CERTS=/trust/trust.pem \
    npm_config_registry=${NPM_REGISTRY} \
    npm_config_update_notifier=false

# Manifests alone: npm runs again only when one of them changes.
FROM base AS manifests
COPY . /source
RUN cd /source && mkdir /manifests && \
    find . -name node_modules -prune -o \( -name package.json -o -name package-lock.json \) -exec cp --parents {} /manifests ';'

FROM base AS packages
WORKDIR /malla
COPY --from=manifests /manifests ./
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

# Compiles everything, and puts what each image holds into a folder of its own below /images.
FROM packages AS build
COPY . .
RUN node tools/run.mjs build
ARG SOURCE_DATE_EPOCH=0
RUN node tools/images/trace.mjs /images

# The data plane that is no part of this repository, by pinned digest.
FROM base AS envoy
COPY tools/python-index /tools/python-index
RUN node /tools/python-index/fetch-program.mjs envoy /envoy

# Two root file systems: /roots/common for every image, /roots/proxy with what the agent needs besides.
FROM base AS roots
RUN apt-get update && \
    apt-get install -y --no-install-recommends binutils ca-certificates iproute2 iptables && \
    rm -rf /var/lib/apt/lists/*
COPY --from=envoy /envoy /usr/local/bin/envoy
COPY tools/images/roots.sh tools/images/healthcheck.mjs /tools/
ARG SOURCE_DATE_EPOCH=0
RUN sh /tools/roots.sh /roots

FROM scratch AS runtime
COPY --from=roots /roots/common /
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      org.opencontainers.image.created=${CREATED} \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.vendor=Malla
ENV PATH=/usr/local/bin:/usr/bin:/usr/sbin \
    HOME=/tmp \
    NODE_ENV=production
WORKDIR /malla
STOPSIGNAL SIGTERM
USER 65532:65532

FROM runtime AS certificate-authority
LABEL org.opencontainers.image.title=malla/certificate-authority \
      org.opencontainers.image.description="Signs SPIFFE identities of workloads and of Malla's services"
COPY --from=build /images/certificate-authority /
COPY --from=roots --chown=65532:65532 /roots/state /var/lib/malla
COPY --from=roots --chown=65532:65532 /roots/state /var/lib/handover
ENV MALLA_CA_DIR=/var/lib/malla/certificate-authority MALLA_HTTP_HOST=0.0.0.0
VOLUME /var/lib/malla
EXPOSE 15013 15083
HEALTHCHECK --interval=5s --timeout=20s --start-period=120s --retries=5 CMD ["node", "/usr/local/lib/healthcheck.mjs", "http://127.0.0.1:15083/healthz/ready"]
ENTRYPOINT ["node", "/malla/apps/certificate-authority/dist/main.js"]

FROM runtime AS config-api
LABEL org.opencontainers.image.title=malla/config-api \
      org.opencontainers.image.description="The configuration of the mesh: Kubernetes-style REST and gRPC over a versioned store"
COPY --from=build /images/config-api /
COPY --from=roots --chown=65532:65532 /roots/state /var/lib/malla
ENV MALLA_STATE_DIR=/var/lib/malla/state MALLA_REST_HOST=0.0.0.0 MALLA_GRPC_HOST=0.0.0.0 MALLA_HTTP_HOST=0.0.0.0
VOLUME /var/lib/malla
EXPOSE 16443 16444 16480
HEALTHCHECK --interval=5s --timeout=20s --start-period=120s --retries=5 CMD ["node", "/usr/local/lib/healthcheck.mjs", "http://127.0.0.1:16480/healthz/ready"]
ENTRYPOINT ["node", "/malla/apps/config-api/dist/main.js"]

FROM runtime AS discovery
LABEL org.opencontainers.image.title=malla/discovery \
      org.opencontainers.image.description="Turns configuration and workloads into each proxy's xDS"
COPY --from=build /images/discovery /
COPY --from=roots --chown=65532:65532 /roots/state /var/lib/malla
ENV MALLA_STATE_DIR=/var/lib/malla/state MALLA_HTTP_HOST=0.0.0.0
VOLUME /var/lib/malla
EXPOSE 15012 15014
HEALTHCHECK --interval=5s --timeout=20s --start-period=120s --retries=5 CMD ["node", "/usr/local/lib/healthcheck.mjs", "http://127.0.0.1:15014/healthz/ready"]
ENTRYPOINT ["node", "/malla/apps/discovery/dist/main.js"]

FROM runtime AS policy-telemetry
LABEL org.opencontainers.image.title=malla/policy-telemetry \
      org.opencontainers.image.description="Access logs, golden signals, rate limits and external authorization"
COPY --from=build /images/policy-telemetry /
COPY --from=roots --chown=65532:65532 /roots/state /var/lib/malla
ENV MALLA_STATE_DIR=/var/lib/malla/state MALLA_HTTP_HOST=0.0.0.0
VOLUME /var/lib/malla
EXPOSE 15016 15018
HEALTHCHECK --interval=5s --timeout=20s --start-period=120s --retries=5 CMD ["node", "/usr/local/lib/healthcheck.mjs", "http://127.0.0.1:15018/healthz/ready"]
ENTRYPOINT ["node", "/malla/apps/policy-telemetry/dist/main.js"]

# One process of Envoy or of the built-in data plane runs below the agent. The user is the one whose connections the
# rules of interception leave alone; `capture` (see docs/guides/compose.md) is the step that makes those rules, as root.
FROM runtime AS proxy-agent
LABEL org.opencontainers.image.title=malla/proxy-agent \
      org.opencontainers.image.description="Identity, configuration and data plane of one workload"
COPY --from=roots /roots/proxy /
COPY --from=build /images/proxy-agent /
COPY --from=roots --chown=1337:1337 /roots/state /var/lib/malla
ENV MALLA_STATE_DIR=/var/lib/malla/state \
    MALLA_ENVOY=/usr/local/bin/envoy \
    MALLA_HTTP_HOST=0.0.0.0
VOLUME /var/lib/malla
EXPOSE 15001 15006 15020 15021 15090
USER 1337:1337
HEALTHCHECK --interval=10s --timeout=20s --start-period=120s --retries=5 CMD ["node", "/usr/local/lib/healthcheck.mjs", "--end-without-network", "http://127.0.0.1:15020/healthz/ready"]
ENTRYPOINT ["node", "/malla/apps/proxy-agent/dist/main.js"]

FROM runtime AS mallactl
LABEL org.opencontainers.image.title=malla/mallactl \
      org.opencontainers.image.description="The command line"
COPY --from=build /images/mallactl /
ENTRYPOINT ["node", "/malla/apps/mallactl/dist/bundle/start.js"]

FROM runtime AS demo
LABEL org.opencontainers.image.title=malla/demo \
      org.opencontainers.image.description="Bookinfo-shaped sample services and their load"
COPY --from=build /images/demo /
EXPOSE 9080
ENTRYPOINT ["node", "/malla/apps/demo/dist/services/main.js"]

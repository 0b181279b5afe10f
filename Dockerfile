# Adgraph's image: production by default, an ordinary user, no build tools in the final stage.
FROM python:3.13-slim-bookworm AS build
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# `--build-arg REQUIREMENTS=requirements-extras.lock` adds traces and error reports.
ARG REQUIREMENTS=requirements.lock
COPY requirements.lock requirements-extras.lock ./
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r "$REQUIREMENTS"

# GraphiQL comes from its npm package; the page is served only when GRAPHIQL is on.
FROM node:24-bookworm-slim AS graphiql
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --legacy-peer-deps

FROM python:3.13-slim-bookworm
ENV APP_ENV=production HOST=0.0.0.0 PORT=8000 WORKER=external SANDBOX=off DATA_DIR=/data \
    PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN groupadd --system --gid 10001 adgraph \
 && useradd --system --uid 10001 --gid adgraph --home-dir /data --create-home adgraph
WORKDIR /app
COPY --from=build /venv /venv
COPY --chown=root:root . .
COPY --from=graphiql /app/node_modules ./node_modules
RUN python web/install_graphiql.py --offline && rm -rf node_modules
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/ready', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["python", "server.py"]

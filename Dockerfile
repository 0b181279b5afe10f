# Adgraph's image: production by default, an ordinary user, no build tools in the final stage.
FROM python:3.13-slim-bookworm AS build
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# `--build-arg REQUIREMENTS=requirements-extras.lock` adds traces and error reports.
ARG REQUIREMENTS=requirements.lock
COPY requirements.lock requirements-extras.lock ./
# What the lock names and nothing else: looking dependencies up could find a release newer than the lock.
RUN python -m venv /venv \
 && /venv/bin/pip install --no-deps --require-hashes -r "$REQUIREMENTS" \
 && /venv/bin/pip check

# GraphiQL comes from its npm packages, whose hashes are compared below; the page is served only when GRAPHIQL is on.
FROM node:24-bookworm-slim AS graphiql
WORKDIR /app
COPY package.json package-lock.json ./
RUN node -p "Object.entries(require('./package.json').dependencies).map(pair => pair.join('@')).join(' ')" \
    >packages && xargs npm pack --ignore-scripts <packages

FROM python:3.13-slim-bookworm
ENV APP_ENV=production HOST=0.0.0.0 PORT=8000 WORKER=external SANDBOX=off DATA_DIR=/data \
    PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN groupadd --system --gid 10001 adgraph \
 && useradd --system --uid 10001 --gid adgraph --home-dir /data --create-home adgraph
WORKDIR /app
COPY --from=build /venv /venv
COPY --chown=root:root . .
COPY --from=graphiql /app/*.tgz /tmp/graphiql/
RUN python web/pages/install_graphiql.py --from /tmp/graphiql && rm -rf /tmp/graphiql
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/ready', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["python", "server.py"]

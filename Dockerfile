# The service as a checkout in its own environment; see docs/decisions/0001-an-application-not-a-wheel.md.

FROM python:3.13-slim AS build
WORKDIR /app
RUN ["python", "-m", "venv", "/app/.venv"]
COPY requirements.lock ./
RUN ["/app/.venv/bin/pip", "install", "--no-cache-dir", "--require-hashes", "--only-binary", ":all:", "--requirement", "requirements.lock"]
COPY pyproject.toml ./
COPY domain domain
COPY infrastructure infrastructure
COPY api api
COPY migrations migrations
RUN ["/app/.venv/bin/pip", "install", "--no-cache-dir", "--no-deps", "--no-build-isolation", "--editable", "."]
RUN ["/app/.venv/bin/python", "-m", "compileall", "-q", "domain", "infrastructure", "api", "migrations"]

FROM python:3.13-slim
RUN ["useradd", "--system", "--uid", "10001", "--home-dir", "/data", "--create-home", "timeline"]
# The keys that sign the log go here, by a volume of their own.
RUN ["install", "--directory", "--owner=timeline", "--mode=700", "/keys"]
# The root key of webhooks goes here, by another.
RUN ["install", "--directory", "--owner=timeline", "--mode=700", "/webhook-keys"]
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# The default database, an SQLite file, is made in the working folder.
WORKDIR /data
VOLUME /data
USER timeline
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["timeline", "serve", "--host", "0.0.0.0", "--port", "8000"]

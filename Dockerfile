# The product as one image: web, live, worker and beat are this image with another command (docker-compose.yml).
FROM python:3.11.14-slim-bookworm AS build
ENV PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/dyzur
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --no-input --require-hashes --requirement requirements.lock
COPY manage.py ./
COPY helpdesk ./helpdesk
COPY rotations ./rotations
COPY sla ./sla
COPY tickets ./tickets
COPY templates ./templates
COPY static ./static
COPY locale ./locale
# Messages and static files are made here, so that the running containers write nothing but data.
ENV STATIC_ROOT=/srv/dyzur/static-root
RUN DATABASE_URL=postgresql:///none python manage.py prepare --no-database && python -m compileall -q helpdesk rotations sla tickets

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin dyzur \
    && install --directory --owner dyzur --group dyzur --mode 0700 /data /backups
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/dyzur /srv/dyzur
WORKDIR /srv/dyzur
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DEMO=0 \
    DATA_DIR=/data \
    BACKUP_DIR=/backups \
    STATIC_ROOT=/srv/dyzur/static-root
USER dyzur
VOLUME ["/data", "/backups"]
CMD ["python", "-m", "helpdesk.launch", "web"]

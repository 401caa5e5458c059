# One worker of Parley. compose.yaml runs it the way `make cluster` does.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PARLEY_DATA=/data
WORKDIR /parley

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY manage.py ./
COPY accounts accounts
COPY chatproject chatproject
COPY groups groups
COPY messaging messaging
COPY static static
COPY templates templates

RUN useradd --system parley && mkdir -p /data/static /data/files && chown -R parley /data
USER parley
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["python", "manage.py", "serve", "--host", "0.0.0.0", "--port", "8000"]

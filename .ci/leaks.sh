#!/usr/bin/env bash
# Lists what runs of the suite have left on the engine, one thing per line, sorted. Everything that a run makes
# carries the label org.civic.run, what the tests of the hooks make org.civic.test; images, which runs keep for the next build, carry org.civic.image.
set -euo pipefail
by=(--filter label=org.civic.run)
{
  docker container ls --all "${by[@]}" --format 'container {{.ID}} {{.Names}}'
  docker container ls --all --filter label=org.civic.test --format 'container {{.ID}} {{.Names}}'
  docker volume ls "${by[@]}" --format 'volume {{.Name}}'
  docker network ls "${by[@]}" --format 'network {{.ID}} {{.Name}}'
  docker image ls --all --filter label=org.civic.image --format 'image {{.ID}} {{.Repository}}:{{.Tag}}'
} | sort -u

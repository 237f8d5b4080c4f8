#!/usr/bin/env bash
# Makes sure that the base images of generated Dockerfiles are on the engine, those that the fixtures of
# buildpacks/*/fixtures are built from. Without a registry, stand-ins are made, which takes minutes the first time.
# usage: stacks.sh [STACK]...   all stacks without a name
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=.ci/say.sh
. "$here/say.sh"

# Stack, name of the image, folder of its stand-in. buildpacks/pins.toml names the same images.
images=(
  'static nginx:1.30-alpine-slim nginx'
  'node node:24-trixie-slim node'
  'python python:3.13-slim-trixie python'
  'python python:3.13-trixie python-build'
  'ruby ruby:3.3-slim-trixie ruby'
  'ruby ruby:3.3-trixie ruby-build'
  'php php:8.4-apache-trixie php'
  'php composer:2 composer'
  'go golang:1.27-trixie golang'
  'java eclipse-temurin:21-jre-noble temurin-jre'
  'java maven:3.9-eclipse-temurin-21-noble maven'
  'rust rust:1.98-slim-trixie rust'
  'deno denoland/deno:2.5.6 deno'
  'elixir elixir:1.18-slim elixir'
  'r r-base:4.6.1 r-base'
)

wanted=()
for image in "${images[@]}"; do
  read -r stack ref folder <<<"$image"
  # Sites of every stack are served by the same image.
  if [ $# -eq 0 ] || [ "$stack" = static ] || [[ " $* " = *" $stack "* ]]; then
    wanted+=("$ref $folder")
    # A name that no longer fits would only be seen where there is a registry.
    grep -qF "\"$ref\"" "$here/../buildpacks/pins.toml" ||
      stop "buildpacks/pins.toml does not name $ref: change .ci/stacks.sh or the table."
  fi
done
exec "$here/images.sh" "${wanted[@]}"

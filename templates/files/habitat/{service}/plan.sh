{% set start = service.command or (service.build.start if service.build and service.build.start is defined else none) %}
{% if service.build and start %}
{% set stack = service.build.stack if service.build.stack is defined else "" %}
{% set manager = service.build.manager if service.build.manager is defined else none %}
{% set bound = services | selectattr("name", "in", service.depends_on) | selectattr("port") | list %}
# A Habitat plan: how to build {{ app.name | word }}'s {{ service.name | word }} as a package that a Habitat Supervisor runs.
# Build it in the folder of the project:  hab pkg build habitat/{{ service.name | word }}
#
# Written by civic init. Change it as you like: civic update merges, it never overwrites.
# shellcheck shell=bash disable=SC2034,SC2154 # hab-plan-build reads and sets these
pkg_name={{ app.name | word }}-{{ service.name | word }}
pkg_origin=${HAB_ORIGIN:-{{ app.name | word }}}
pkg_version=0.1.0
pkg_description={{ app.summary }}
pkg_maintainer={{ app.maintainers[0].name ~ " <" ~ app.maintainers[0].contact ~ ">" }}
pkg_license=({{ app.licence }})
{% if app.repository %}
pkg_upstream_url={{ app.repository }}
{% endif %}
pkg_svc_user=hab
pkg_svc_group=hab

pkg_deps=(
  core/bash
  core/coreutils
{% if service.port %}
  core/curl
{% endif %}
{% if stack in ["node", "python", "ruby", "php"] %}
  core/{{ stack | word }}
{% endif %}
)
{% if stack == "go" %}
pkg_build_deps=(core/go)
{% elif stack in ["python", "ruby"] %}
pkg_build_deps=(core/gcc core/make)
{% elif stack == "php" %}
pkg_build_deps=(core/composer)
{% endif %}
pkg_bin_dirs=(bin)
{% if service.port %}

# What others may bind to; the value is the key in default.toml.
pkg_exports=([port]=port)
pkg_exposes=(port)
{% endif %}
{% if bound %}

# Optional: it also starts with an address in its secrets, and no database in the same ring.
pkg_binds_optional=(
{% for other in bound %}
  [{{ other.name | word }}]="port"
{% endfor %}
)
{% endif %}

# The folder of the project: this plan lies in habitat/{{ service.name | word }}/.
project() {
  (cd "$PLAN_CONTEXT/../.." && pwd)
}

# Nothing is downloaded: the source is this project.
do_download() { return 0; }
do_verify() { return 0; }
do_unpack() {
  mkdir -p "$CACHE_PATH/app"
  # The repository's own files, and nothing that lies about beside them, such as .env.
  git -C "$(project)" ls-files -z -- {{ service.build.context }} |
    tar -C "$(project)" --null -T - -cf - | tar -C "$CACHE_PATH/app" -xf -
}

do_build() {
  cd "$CACHE_PATH/app"/{{ service.build.context }} || return 1
{% if stack == "node" %}
{% if manager == "yarn" %}
  yarn install --frozen-lockfile
{% elif manager == "pnpm" %}
  pnpm install --frozen-lockfile
{% elif service.build.is_locked %}
  npm ci
{% else %}
  npm install
{% endif %}
{% elif stack == "python" %}
  python -m venv "$pkg_prefix/venv"
  PATH=$pkg_prefix/venv/bin:$PATH
{% if manager == "poetry" %}
  pip install poetry && poetry install --only main --no-root
{% elif "requirements.txt" in service.build.manifests %}
  pip install --requirement requirements.txt
{% else %}
  pip install .
{% endif %}
{% elif stack == "ruby" %}
  bundle config set --local deployment true
  bundle install
{% elif stack == "php" and manager %}
  composer install --no-dev --no-interaction
{% elif stack == "go" %}
  go build -o "$pkg_prefix/bin/" ./...
{% endif %}
{% if service.build.build is defined and service.build.build %}
  bash -ec {{ service.build.build }}
{% elif stack not in ["node", "python", "ruby", "php", "go"] %}
  # How it is built is not known here: write it as you would type it. Needed packages go into pkg_build_deps.
  return 0
{% endif %}
}

do_install() {
  cp -a "$CACHE_PATH/app"/{{ service.build.context }} "$pkg_prefix/app"
{% for volume in volumes if volume.service == service.name and volume.path is startingwith "/app/" %}
{% if loop.first %}
  # State lives outside the package, which is replaced at each release.
{% endif %}
  rm -rf "$pkg_prefix"{{ volume.path }}
  ln -s /hab/svc/"$pkg_name"/data/{{ volume.name | word }} "$pkg_prefix"{{ volume.path }}
{% endfor %}
  install -D -m 0755 -t "$pkg_prefix/bin" "$PLAN_CONTEXT"/bin/*
{% if service.uses_hooks %}
  mkdir -p "$pkg_prefix/civic"
  cp -a "$(project)/civic/hooks" "$pkg_prefix/civic/hooks"
{% endif %}
}
{% endif %}

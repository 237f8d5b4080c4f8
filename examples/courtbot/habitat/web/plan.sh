# A Habitat plan: how to build courtbot's web as a package that a Habitat Supervisor runs.
# Build it in the folder of the project:  hab pkg build habitat/web
#
# Written by civic init. Change it as you like: civic update merges, it never overwrites.
# shellcheck shell=bash disable=SC2034,SC2154 # hab-plan-build reads and sets these
pkg_name=courtbot-web
pkg_origin=${HAB_ORIGIN:-courtbot}
pkg_version=0.1.0
pkg_description='Texts people the date of their court hearing'
pkg_maintainer='CourtBot team <courtbot@example.org>'
pkg_license=(MIT)
pkg_svc_user=hab
pkg_svc_group=hab

pkg_deps=(
  core/bash
  core/coreutils
  core/curl
  core/node
)
pkg_bin_dirs=(bin)

# What others may bind to; the value is the key in default.toml.
pkg_exports=([port]=port)
pkg_exposes=(port)

# Optional: it also starts with an address in its secrets, and no database in the same ring.
pkg_binds_optional=(
  [db]="port"
)

# The folder of the project: this plan lies in habitat/web/.
project() {
  (cd "$PLAN_CONTEXT/../.." && pwd)
}

# Nothing is downloaded: the source is this project.
do_download() { return 0; }
do_verify() { return 0; }
do_unpack() {
  mkdir -p "$CACHE_PATH/app"
  # The repository's own files, and nothing that lies about beside them, such as .env.
  git -C "$(project)" ls-files -z -- . |
    tar -C "$(project)" --null -T - -cf - | tar -C "$CACHE_PATH/app" -xf -
}

do_build() {
  cd "$CACHE_PATH/app"/. || return 1
  npm ci
}

do_install() {
  cp -a "$CACHE_PATH/app"/. "$pkg_prefix/app"
  install -D -m 0755 -t "$pkg_prefix/bin" "$PLAN_CONTEXT"/bin/*
}

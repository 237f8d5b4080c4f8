#!/bin/sh
# Makes the app's Secrets, with new random values. Once, for a new app:
#   deploy/make-secrets.sh | kubectl create -f -
# or sealed, for a repository that others can read:
#   deploy/make-secrets.sh | kubeseal --format yaml >sealed-secrets.yaml
# Keep a copy of what it prints away from the cluster: a second run makes other values, and what was encrypted with
# these cannot be read with those. To give a value that there is already, set a variable of its name: NAME=… deploy/make-secrets.sh
# Written by civic init. Change it as you like: civic update merges, it never overwrites.
set -eu

# prints: so many random bytes, spelt as hex or base64
random() {
  case $2 in
    hex) head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n' ;;
    base64) head -c "$1" /dev/urandom | base64 | tr -d '\n' ;;
  esac
}

# prints: the variable $1, if there is one
given() {
  printenv "$1" || return
  printf '%s: taken from your environment\n' "$1" >&2
}

# prints: what a person says that $1 is, or else $2
ask() {
  if [ ! -t 0 ]; then
    printf '%s: taken as "%s"; set a variable of that name to change it\n' "$1" "$2" >&2
    printf '%s' "$2"
    return
  fi
  printf '%s [%s]: ' "$1" "$2" >&2
  IFS= read -r answer </dev/tty
  printf '%s' "${answer:-$2}"
}

secret() {
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\ntype: Opaque\ndata:\n' "$1"
}

entry() {
  printf '  %s: "%s"\n' "$1" "$(printf '%s' "$2" | base64 | tr -d '\n')"
}

secret_ADMIN_PASSWORD=$(given ADMIN_PASSWORD || random 16 hex)
secret_COOKIE_SECRET=$(given COOKIE_SECRET || random 32 hex)
secret_JWT_SECRET=$(given JWT_SECRET || random 32 hex)
secret_PHONE_ENCRYPTION_KEY=$(given PHONE_ENCRYPTION_KEY || random 32 base64)
secret_POSTGRES_PASSWORD=$(given POSTGRES_PASSWORD || random 24 hex)
secret_TWILIO_ACCOUNT_SID=$(given TWILIO_ACCOUNT_SID || ask TWILIO_ACCOUNT_SID console)
secret_TWILIO_AUTH_TOKEN=$(given TWILIO_AUTH_TOKEN || ask TWILIO_AUTH_TOKEN console)
secret_TWILIO_PHONE_NUMBER=$(given TWILIO_PHONE_NUMBER || ask TWILIO_PHONE_NUMBER +19075550199)
secret_DATABASE_URL=postgres://courtbot:"$secret_POSTGRES_PASSWORD"@db:5432/courtbot
secret_DATABASE_URL=$(given DATABASE_URL || printf '%s' "$secret_DATABASE_URL")
# Where snapshots go: https://restic.readthedocs.io/en/stable/030_preparing_a_new_repo.html
restic_repository=$(given RESTIC_REPOSITORY || ask RESTIC_REPOSITORY s3:https://storage.example.org/courtbot)
restic_password=$(given RESTIC_PASSWORD || random 32 hex)
aws_access_key_id=$(given AWS_ACCESS_KEY_ID || ask AWS_ACCESS_KEY_ID '')
aws_secret_access_key=$(given AWS_SECRET_ACCESS_KEY || ask AWS_SECRET_ACCESS_KEY '')

secret courtbot
entry ADMIN_PASSWORD "$secret_ADMIN_PASSWORD"
entry COOKIE_SECRET "$secret_COOKIE_SECRET"
entry DATABASE_URL "$secret_DATABASE_URL"
entry JWT_SECRET "$secret_JWT_SECRET"
entry PHONE_ENCRYPTION_KEY "$secret_PHONE_ENCRYPTION_KEY"
entry POSTGRES_PASSWORD "$secret_POSTGRES_PASSWORD"
entry TWILIO_ACCOUNT_SID "$secret_TWILIO_ACCOUNT_SID"
entry TWILIO_AUTH_TOKEN "$secret_TWILIO_AUTH_TOKEN"
entry TWILIO_PHONE_NUMBER "$secret_TWILIO_PHONE_NUMBER"

secret courtbot-backup
entry RESTIC_REPOSITORY "$restic_repository"
entry RESTIC_PASSWORD "$restic_password"
entry AWS_ACCESS_KEY_ID "$aws_access_key_id"
entry AWS_SECRET_ACCESS_KEY "$aws_secret_access_key"

{% if secrets or kubernetes.backup.is_needed %}
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

{% for secret in secrets if secret.kind == "generate" %}
secret_{{ secret.name }}=$(given {{ secret.name }} || random {{ secret.bytes }} {{ secret.encoding }})
{% endfor %}
{% for secret in secrets if secret.kind == "value" %}
secret_{{ secret.name }}=$(given {{ secret.name }} || ask {{ secret.name }} {{ secret.value }})
{% endfor %}
{% for secret in kubernetes.composed %}
secret_{{ secret.name }}={% for part in secret.parts %}{% if part.secret is defined %}"$secret_{{ part.secret }}"{% else %}{{ part.text }}{% endif %}{% endfor %}

secret_{{ secret.name }}=$(given {{ secret.name }} || printf '%s' "$secret_{{ secret.name }}")
{% endfor %}
{% if kubernetes.backup.is_needed %}
# Where snapshots go: https://restic.readthedocs.io/en/stable/030_preparing_a_new_repo.html
restic_repository=$(given RESTIC_REPOSITORY || ask RESTIC_REPOSITORY s3:https://storage.example.org/{{ app.name }})
restic_password=$(given RESTIC_PASSWORD || random 32 hex)
aws_access_key_id=$(given AWS_ACCESS_KEY_ID || ask AWS_ACCESS_KEY_ID '')
aws_secret_access_key=$(given AWS_SECRET_ACCESS_KEY || ask AWS_SECRET_ACCESS_KEY '')
{% endif %}
{% if secrets %}

secret {{ app.name }}
{% for secret in secrets %}
entry {{ secret.name }} "$secret_{{ secret.name }}"
{% endfor %}
{% endif %}
{% if kubernetes.backup.is_needed %}

secret {{ app.name }}-backup
entry RESTIC_REPOSITORY "$restic_repository"
entry RESTIC_PASSWORD "$restic_password"
entry AWS_ACCESS_KEY_ID "$aws_access_key_id"
entry AWS_SECRET_ACCESS_KEY "$aws_secret_access_key"
{% endif %}
{% endif %}

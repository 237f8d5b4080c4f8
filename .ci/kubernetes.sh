#!/usr/bin/env bash
# Proves deploy/ with other people's tools: every sample project through kubectl's kustomize and Kubernetes' own schemas,
# then three apps on a real cluster (.ci/cluster.sh): they become ready, keep their data when a pod dies, are backed up by
# the CronJob, lose their disks, and come back.
# usage: kubernetes.sh [schemas|cluster]...    both when none is named
# Machine: `cluster` takes Debian 12 and root; anywhere else it is skipped, aloud.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD/.ci
# shellcheck source=.ci/say.sh
. "$here/say.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/civic
tools=$cache/kubernetes-tools
work=$(mktemp -d)
started=
clean_up() {
  if [ -n "$started" ]; then
    "$here/cluster.sh" remove
    docker image rm --no-prune courtbot-web:test notebook-web:test ledger-web:test >/dev/null 2>&1 || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT

on_cluster() { "$here/cluster.sh" inside "$@"; }

# ---- tools ---------------------------------------------------------------------------------------------------------

# Debian 12's kubectl is too old for today's kustomize files; a newer Debian's runs here, unpacked and not installed.
newer_kubectl() {
  local folder=$work/apt mirror apt
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$tools"
  touch "$folder/status"
  mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/*.sources 2>/dev/null | grep -v security | head -n 1)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} trixie main" \
    >"$folder/sources.list"
  apt=(apt-get -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$folder/lists" -o "Dir::State::status=$folder/status" -o "Dir::Cache=$folder/cache"
    -o APT::Sandbox::User=root -qq)
  "${apt[@]}" update
  (cd "$folder" && "${apt[@]}" download kubectl && dpkg -x kubectl_*.deb unpacked)
  mv "$folder/unpacked/usr/bin/kubectl" "$tools/kubectl"
}

# Overlays need what kubectl has since 1.27.
find_kubectl() {
  local minor
  if have kubectl; then
    minor=$(kubectl version --client 2>/dev/null | sed -n 's/.*v1\.\([0-9]*\).*/\1/p' | head -n 1)
    [ "${minor:-0}" -lt 27 ] || { command -v kubectl; return; }
  fi
  [ -x "$tools/kubectl" ] || newer_kubectl
  echo "$tools/kubectl"
}

validator() {
  local python=$tools/python/bin
  if [ ! -x "$python/kubernetes-validate" ]; then
    rm -rf "$tools/python"
    python3 -m venv "$tools/python" || { install_packages python3-venv >&2 && python3 -m venv "$tools/python"; }
    "$python/pip" install --quiet --disable-pip-version-check kubernetes-validate==1.37.0
  fi
  echo "$python/kubernetes-validate"
}

# ---- schemas -------------------------------------------------------------------------------------------------------

# Renders project $1 (a folder with civic.toml and facts.json) into $2.
render() { cargo run --quiet --package civic-templates --example render -- "$1" "$2"; }

# Prints what does not hold of file $1. Kinds that a cluster gets from elsewhere have no schema there; Rust tests look at them.
validate() {
  "$validate" --strict "$1" >"$work/said" 2>&1 || { grep -vE '^INFO' "$work/said" >&2; return 1; }
  ! grep '^WARN' "$work/said" | grep -vE "kind (HTTPRoute|ServiceMonitor) " >&2
}

schemas() {
  local project name overlay
  validate=$(validator)
  for project in templates/tests/projects/*/; do
    name=$(basename "$project")
    render "$project" "$work/$name"
    # SC2016: a sample project's values look like expressions, and must stay as they are.
    ! have shellcheck || shellcheck --exclude=SC2016 "$work/$name/deploy/make-secrets.sh"
    mkdir "$work/$name/deploy/monitored"
    printf 'resources: [../production]\ncomponents: [../components/monitoring]\n' \
      >"$work/$name/deploy/monitored/kustomization.yaml"
    for overlay in production restore monitored; do
      [ -e "$work/$name/deploy/$overlay/kustomization.yaml" ] || continue
      "$kubectl" kustomize "$work/$name/deploy/$overlay" >"$work/$name.$overlay.yaml"
      validate "$work/$name.$overlay.yaml"
    done
  done
  # What cannot say no proves nothing.
  sed 's/^  replicas: 1$/  replicas: one/' "$work/meals.production.yaml" >"$work/wrong.yaml"
  ! validate "$work/wrong.yaml" 2>/dev/null || { echo 'the validator takes "replicas: one" for a number' >&2; return 1; }
  ok "deploy/ of $(printf '%s\n' templates/tests/projects/*/ | wc -l) projects holds against Kubernetes' schemas; HTTPRoute and ServiceMonitor have none there"
}

# ---- cluster -------------------------------------------------------------------------------------------------------

# Disks of the app in generation $1: a folder of the machine for each claim, as a local volume.
disks() {
  local claim folder
  sed -n 's/^  name: //p' "$work/$app/deploy/base/volumes.yaml" | while read -r claim; do
    folder=$work/disks/$app/$claim-$1
    mkdir -p "$folder/lost+found"
    cat <<YAML
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: $app-$claim-$1, labels: {app: $app}}
spec:
  capacity: {storage: 5Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  claimRef: {namespace: $app, name: $claim}
  local: {path: $folder}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [node1]}]}]}}
YAML
  done | on_cluster kubectl apply -f - >/dev/null
}

# prints: a patch for every pod of kind $1, at $2 of its objects
aliases_patch() {
  printf -- '- target: {kind: %s}\n  patch: "- {op: add, path: %s/template/spec/hostAliases, value: [%s]}"\n' "$1" "$2" "$aliases"
}

# An overlay of $1 with only what this cluster lacks: names (no DNS here), the Gateway API, a registry, a place for snapshots.
overlay() {
  local folder=$work/$app/deploy/ci-$1 number=$first_address aliases='' file service
  mkdir -p "$folder"
  {
    printf 'resources: [../%s]\nimages: [{name: registry.example.org/%s-web, newName: %s-web, newTag: test}]\npatches:\n' "$1" "$app" "$app"
    # shellcheck disable=SC2016 # kustomize's word, no variable
    printf -- '- patch: "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: web}, $patch: delete}"\n'
    for file in "$work/$app"/deploy/base/services/*.yaml; do
      service=$(basename "$file" .yaml)
      number=$((number + 1))
      aliases+="{ip: 10.0.0.$number, hostnames: [$service]},"
      printf -- '- target: {kind: Service, name: %s}\n  patch: "- {op: add, path: /spec/clusterIP, value: 10.0.0.%s}"\n' "$service" "$number"
    done
    aliases_patch Deployment /spec
    aliases_patch StatefulSet /spec
    aliases_patch CronJob /spec/jobTemplate/spec
    repository_patch civic-backup containers
    repository_patch civic-restore initContainers
  } >"$folder/kustomization.yaml"
  "$kubectl" kustomize "$folder" | older
}

repository_patch() {
  local pod=/spec/jobTemplate/spec/template/spec
  cat <<YAML
- target: {kind: CronJob, name: $1}
  patch: |
    - {op: add, path: $pod/volumes/-, value: {name: repository, hostPath: {path: $work/repository/$app}}}
    - {op: add, path: $pod/$2/0/volumeMounts/-, value: {name: repository, mountPath: /repository}}
YAML
}

# Kubernetes 1.20 has CronJob under an older name, without time zones.
older() { sed -e 's,^apiVersion: batch/v1$,apiVersion: batch/v1beta1,' -e '/^  timeZone: /d'; }

in_app() { on_cluster kubectl --namespace "$app" "$@"; }

apply() { overlay "$1" | in_app apply -f - >/dev/null; }

# Everything that is to run does.
settle() {
  local workload
  for workload in $(in_app get deployment,statefulset -o name); do
    in_app rollout status "$workload" --timeout=180s >/dev/null || { trouble; return 1; }
  done
}

trouble() {
  {
    in_app get pods,pvc,jobs
    in_app get events --sort-by=.lastTimestamp | tail -n 15
    for pod in $(in_app get pods -o name); do in_app logs "$pod" --all-containers --tail=15 || true; done
  } >&2
}

# Runs CronJob $1 once, to its end.
run_job() {
  local until=$((SECONDS + 240)) state
  in_app create job "$2" --from="cronjob/$1" >/dev/null
  while [ $SECONDS -lt $until ]; do
    state=$(in_app get job "$2" -o 'jsonpath={.status.conditions[0].type}')
    case $state in
      Complete) return ;;
      Failed) break ;;
    esac
    sleep 1
  done
  trouble
  return 1
}

# prints: the address of the app, as its Service has it
web() { in_app get service web -o 'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}'; }

http() { on_cluster curl --silent --show-error --fail --max-time 10 --retry 15 --retry-delay 1 --retry-connrefused "$@"; }

expect() {
  local answer
  answer=$("read_$app")
  case $answer in
    *"$1"*) ;;
    *) echo "$app has lost $1: $answer" >&2; return 1 ;;
  esac
}

# Waits until the pods of $1 are other ones than $2.
replaced() {
  local until=$((SECONDS + 60))
  while [ $SECONDS -lt $until ]; do
    ! in_app get pod "$1" -o 'jsonpath={.metadata.uid}' 2>/dev/null | grep -qvF "$2" || return 0
    sleep 1
  done
  return 1
}

# App $1 through its life, its Services' addresses after $2, its data in pod $3.
live() {
  app=$1 first_address=$2
  local store=$3 before
  mkdir -p "$work/repository/$app"
  chmod 0777 "$work/repository/$app"
  on_cluster kubectl create namespace "$app" >/dev/null
  RESTIC_REPOSITORY=/repository AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY='' \
    "$work/$app/deploy/make-secrets.sh" </dev/null 2>/dev/null >"$work/$app.secrets"
  in_app create -f - <"$work/$app.secrets" >/dev/null
  disks 1
  apply production
  settle
  "write_$app" 0000001 AAAAAAAAAAAA
  expect AAAAAAAAAAAA
  ok "$app: ready, and keeps a record"

  before=$(in_app get pod "$store" -o 'jsonpath={.metadata.uid}')
  in_app delete pod --all --grace-period=0 --force >/dev/null 2>&1
  replaced "$store" "$before"
  settle
  expect AAAAAAAAAAAA
  ok "$app: the record is there after every pod was killed"

  run_job civic-backup backup-now
  # The tag that makes it one which may be restored comes last.
  in_app logs job/backup-now --container restic | grep -q 'modified tags on 1 snapshots\|modified 1 snapshots'
  ok "$app: the backup has made a snapshot"
  "write_$app" 0000002 BBBBBBBBBBBB

  in_app delete statefulset,deployment,job -l "app.kubernetes.io/part-of=$app" >/dev/null
  in_app delete pvc --all >/dev/null
  on_cluster kubectl delete pv -l "app=$app" >/dev/null
  disks 2
  apply restore
  run_job civic-restore civic-restore
  apply production
  settle
  expect AAAAAAAAAAAA
  ! "read_$app" | grep -q BBBBBBBBBBBB || { echo "$app: the disks were not lost at all" >&2; return 1; }
  ok "$app: restored into empty disks, the record is back"
  # The next one needs the room.
  in_app delete statefulset,deployment,job --all >/dev/null
}

# As Twilio does, in one conversation.
write_courtbot() {
  local said cookies=$work/cookies
  rm -f "$cookies"
  for said in "C$2" YES; do
    http --cookie "$cookies" --cookie-jar "$cookies" "http://$(web)/sms" --data-urlencode "From=+1907$1" \
      --data-urlencode "Body=$said" >/dev/null
  done
}

read_courtbot() {
  local password token
  password=$(sed -n 's/^  ADMIN_PASSWORD: "\(.*\)"/\1/p' "$work/courtbot.secrets" | base64 -d)
  token=$(http "http://$(web)/api/admin_login" --data-urlencode login=brigade --data-urlencode "password=$password" |
    sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
  http "http://$(web)/api/requests" --header "Authorization: Bearer $token"
}

write_notebook() { http "http://$(web)/notes" --data-urlencode "id=$1" --data-urlencode "nonce=$2" >/dev/null; }
read_notebook() { http "http://$(web)/notes"; }
write_ledger() { write_notebook "$@"; }
read_ledger() { read_notebook; }

# Project $1 from folder $2, with the facts that detection would find.
project() {
  mkdir -p "$work/projects/$1" "$work/$1"
  cp "$2/civic.toml" "$work/projects/$1/"
  printf '{"title": "", "repository": null, "builds": {}, "stores": %s, "seed": null, "notes": [], "civic_version": "test"}' \
    "$3" >"$work/projects/$1/facts.json"
  cp -r "$2/civic" "$work/$1/"
  render "$work/projects/$1" "$work/$1"
  docker build --quiet --tag "$1-web:test" "$2" >/dev/null 2>"$work/build" || { cat "$work/build" >&2; return 1; }
}

# The specimen once more, its file saved as it lies and not by a hook.
ledger() {
  cp -r conformance/specimens/sound "$work/ledger-source"
  sed -i -e 's/^name = "notebook"/name = "ledger"/' -e 's/^backup = "hooks"/backup = "files"/' \
    -e '/^\[\[hooks/,$d' "$work/ledger-source/civic.toml"
  project ledger "$work/ledger-source" '{}'
}

cluster() {
  if [ "$(id -u)" != 0 ] || ! grep -q 'VERSION_CODENAME=bookworm' /etc/os-release 2>/dev/null; then
    warn 'the cluster test takes Debian 12 and root: SKIPPED'
    return
  fi
  started=yes
  "$here/cluster.sh" up
  project courtbot examples/courtbot '{"db": [{"kind": "postgres", "paths": []}]}'
  project notebook conformance/specimens/sound '{}'
  ledger
  "$here/cluster.sh" load courtbot-web:test notebook-web:test ledger-web:test postgres:17-trixie restic/restic:0.18.0
  live notebook 110 web-0
  live ledger 120 web-0
  live courtbot 100 db-0
}

kubectl=$(find_kubectl)
[ $# -gt 0 ] || set -- schemas cluster
for step in "$@"; do
  case $step in
    schemas | cluster) "$step" ;;
    *)
      sed -n '2,7s/^# //p' "$0"
      exit 64
      ;;
  esac
done

#!/usr/bin/env bash
# A real Kubernetes of one machine, for tests where no image registry can be reached: its servers are compiled from
# Debian's source package (bookworm's 1.20.2, once, 4 to 8 minutes on two cores), everything else is Debian's as it is.
# usage: cluster.sh build            compiles what is not compiled yet
#        cluster.sh up               starts it, on disks as they were left; ready in about 20 s
#        cluster.sh load <image>...  takes images over from the Docker engine
#        cluster.sh inside <command> runs a command where the cluster's addresses answer, with KUBECONFIG set
#        cluster.sh stop             ends it without ceremony, and keeps its disks
#        cluster.sh remove           the same, and removes its disks
# Root, on Debian 12. It has name spaces of its own: nothing of it is seen outside, and it sees no other network.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=.ci/say.sh
. "$here/say.sh"

home=${XDG_CACHE_HOME:-$HOME/.cache}/civic/kubernetes
programs=$home/bin
state=$home/state
keys=$state/keys
source_version=1.20.5+really1.20.2-1.1+deb12u1
version=1.20.2
pods=10.244.0.0/24
services=10.0.0.0/24
node=10.99.0.1

# ---- building ------------------------------------------------------------------------------------------------------

# apt with lists of its own, in which there are sources, too: the system's stay as they are.
private_apt() {
  local folder=$work/apt program=$1
  shift
  "$program" -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o "Dir::State::lists=$folder/lists" -o "Dir::State::status=$folder/status" -o "Dir::Cache=$folder/cache" \
    -o APT::Sandbox::User=root -qq "$@"
}

# prints: every line of the system's lists that names bookworm, once for packages and once for sources
own_lists() {
  local keyring='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
  awk -v keyring="$keyring" '
    /^URIs:/ { address = $2 }
    /^Suites:/ {
      for (i = 2; i <= NF; i++) if ($i ~ /^bookworm(-updates|-security)?$/) {
        print "deb", keyring, address, $i, "main"
        print "deb-src", keyring, address, $i, "main"
      }
    }' /etc/apt/sources.list.d/*.sources 2>/dev/null
  awk -v keyring="$keyring" '$1 == "deb" && $0 ~ /bookworm/ && $2 !~ /^\[/ {
      print "deb", keyring, $2, $3, "main"; print "deb-src", keyring, $2, $3, "main" }' /etc/apt/sources.list 2>/dev/null
}

get_sources() {
  mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
  touch "$work/apt/status"
  own_lists >"$work/apt/sources.list"
  private_apt apt-get update
  private_apt apt-get source --download-only "kubernetes=$source_version"
  private_apt apt-get download golang-1.19-go golang-1.19-src etcd-server
  local package
  for package in *.deb; do dpkg -x "$package" root; done
  mkdir -p go/src/k8s.io/kubernetes
  tar -xzf kubernetes_*.orig.tar.gz --strip-components=1 -C go/src/k8s.io/kubernetes
}

# The one generated file that the archive lacks: descriptions of every type, which the servers are compiled with.
generate_descriptions() {
  local types
  go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  types=$(grep -lR --include='*.go' '+k8s:openapi-gen=' pkg cmd plugin vendor/k8s.io/*/ |
    grep -vE 'vendor/k8s.io/(code-generator|sample-apiserver|kube-openapi|gengo)/|zz_generated' |
    xargs -n 1 dirname | tr -s / | LC_ALL=C sort -u | sed 's,^,k8s.io/kubernetes/,' | paste -sd ,)
  "$work/openapi-gen" --input-dirs "$types" --output-package k8s.io/kubernetes/pkg/generated/openapi \
    --output-file-base zz_generated.openapi --go-header-file vendor/k8s.io/code-generator/hack/boilerplate.go.txt \
    --report-filename "$work/report" 2>/dev/null
}

compile() {
  local flags='-s -w' package part
  export GOROOT=$work/root/usr/lib/go-1.19 GOPATH=$work/go GOCACHE=$work/cache
  export GO111MODULE=off GOFLAGS='' GOPROXY=off GOSUMDB=off CGO_ENABLED=0
  PATH=$GOROOT/bin:$PATH
  cd "$GOPATH/src/k8s.io/kubernetes"
  generate_descriptions
  # Clients and servers refuse each other without a version.
  for package in component-base/version client-go/pkg/version; do
    part=k8s.io/kubernetes/vendor/k8s.io/$package
    flags+=" -X $part.gitVersion=v$version -X $part.gitMajor=1 -X $part.gitMinor=20"
  done
  nice go build -ldflags "$flags" -o "$work/out/" ./cmd/kube-apiserver ./cmd/kube-controller-manager \
    ./cmd/kube-scheduler ./cmd/kube-proxy ./cmd/kubelet ./cmd/kubectl
  cp "$work/root/usr/bin/etcd" "$work/out/"
}

build() {
  [ ! -x "$programs/etcd" ] || return 0
  doing "compiling Kubernetes $version; once, 4 to 8 minutes"
  work=$home/build
  rm -rf "$work"
  mkdir -p "$work/out"
  (cd "$work" && get_sources && compile)
  mkdir -p "$programs"
  # etcd comes last: it says that all are there.
  rm -f "$work/out/.etcd" && mv "$work/out/etcd" "$work/out/.etcd"
  mv "$work"/out/* "$programs/" && mv "$work/out/.etcd" "$programs/etcd"
  # Go makes its folders read-only.
  chmod -R u+w "$work" && rm -rf "$work"
}

# ---- starting ------------------------------------------------------------------------------------------------------

# Every pod has a first container that does nothing but hold its name spaces.
pause_image() {
  local folder
  docker image inspect local/pause:1 >/dev/null 2>&1 && return
  folder=$(mktemp -d)
  cat >"$folder/pause.c" <<'C'
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
static void leave(int signal) { (void)signal; _exit(0); }
static void reap(int signal) { (void)signal; while (waitpid(-1, 0, WNOHANG) > 0) {} }
int main(void) {
  signal(SIGINT, leave);
  signal(SIGTERM, leave);
  signal(SIGCHLD, reap);
  for (;;) pause();
}
C
  gcc -static -Os -o "$folder/pause" "$folder/pause.c"
  tar -C "$folder" -c pause | docker import -c 'ENTRYPOINT ["/pause"]' - local/pause:1 >/dev/null
  rm -rf "$folder"
}

require() {
  local missing=() pair
  for pair in containerd:containerd runc:runc /usr/lib/cni/bridge:containernetworking-plugins iptables:iptables \
    ip:iproute2 openssl:openssl; do
    have "${pair%%:*}" || missing+=("${pair##*:}")
  done
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

signed() {
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2"
  printf '%s' "$3" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" -extfile "$1.ext"
}

make_keys() {
  [ ! -e "$keys/kubeconfig" ] || return 0
  mkdir -p "$keys"
  (
    cd "$keys"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 30
    signed server /CN=kube-apiserver "subjectAltName=IP:127.0.0.1,IP:$node,IP:10.0.0.1,DNS:localhost"
    signed admin /O=system:masters/CN=admin extendedKeyUsage=clientAuth
    openssl genrsa -out accounts.key 2048
  ) 2>/dev/null
  cat >"$keys/kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: civic
contexts: [{name: civic, context: {cluster: civic, user: admin}}]
clusters: [{name: civic, cluster: {server: "https://127.0.0.1:6443", certificate-authority: $keys/ca.crt}}]
users: [{name: admin, user: {client-certificate: $keys/admin.crt, client-key: $keys/admin.key}}]
YAML
}

configure() {
  mkdir -p "$state/cni" "$state/log"
  # A machine without CAP_SYS_RESOURCE starts no pod unless the score is left alone.
  cat >"$state/containerd.toml" <<TOML
version = 2
root = "$state/containerd/root"
state = "$state/containerd/state"
[grpc]
address = "$state/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "docker.io/local/pause:1"
disable_tcp_service = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "$state/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
TOML
  cat >"$state/cni/civic.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "civic", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$state/addresses", "ranges": [[{"subnet": "$pods"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON
  cat >"$state/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $node
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}, x509: {clientCAFile: $keys/ca.crt}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
enforceNodeAllocatable: []
failSwapOn: false
clusterDomain: cluster.local
resolvConf: ""
nodeStatusUpdateFrequency: 1s
podCIDR: $pods
# On a machine with a full disk it would remove images, which nothing can fetch again.
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%}
YAML
}

start() {
  local name=$1
  shift
  "$@" >"$state/log/$name.log" 2>&1 &
}

prepare_network() {
  mount --make-rprivate /
  mkdir -p /run/netns
  mount -t tmpfs tmpfs /run/netns
  if [ ! -e /sys/fs/cgroup/cgroup.controllers ] && mkdir -p /sys/fs/cgroup/hugetlb 2>/dev/null; then
    mount -t cgroup -o hugetlb cgroup /sys/fs/cgroup/hugetlb 2>/dev/null || true
  fi
  ip link set lo up
  # The machine's own address. The way out is there, but nobody answers on it.
  ip link add machine type bridge
  ip addr add "$node/24" dev machine
  ip link set machine up
  ip route add default via 10.99.0.254 dev machine
  echo 1 >/proc/sys/net/ipv4/ip_forward
}

answers() { "$programs/kubectl" --kubeconfig "$keys/kubeconfig" get --raw /readyz >/dev/null 2>&1; }

start_control() {
  start etcd "$programs/etcd" --data-dir "$state/etcd" --listen-client-urls http://127.0.0.1:2379 \
    --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
  start apiserver "$programs/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 \
    --advertise-address="$node" --service-cluster-ip-range="$services" --authorization-mode=Node,RBAC \
    --tls-cert-file="$keys/server.crt" --tls-private-key-file="$keys/server.key" --client-ca-file="$keys/ca.crt" \
    --cert-dir="$keys" --kubelet-client-certificate="$keys/admin.crt" --kubelet-client-key="$keys/admin.key" \
    --kubelet-preferred-address-types=InternalIP --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$keys/accounts.key" --service-account-signing-key-file="$keys/accounts.key"
  until answers; do sleep 0.25; done
  start controller-manager "$programs/kube-controller-manager" --kubeconfig="$keys/kubeconfig" --leader-elect=false \
    --service-account-private-key-file="$keys/accounts.key" --root-ca-file="$keys/ca.crt" --cert-dir="$keys" \
    --bind-address=127.0.0.1
  start scheduler "$programs/kube-scheduler" --kubeconfig="$keys/kubeconfig" --leader-elect=false --bind-address=127.0.0.1
}

start_node() {
  local socket=unix://$state/containerd.sock
  until ctr -a "$state/containerd.sock" -n k8s.io images import "$state/pause.tar" >"$state/log/import.log" 2>&1; do sleep 0.2; done
  start kubelet "$programs/kubelet" --config="$state/kubelet.yaml" --kubeconfig="$keys/kubeconfig" \
    --root-dir="$state/kubelet" --hostname-override=node1 --node-ip="$node" --cert-dir="$keys" \
    --container-runtime=remote --container-runtime-endpoint="$socket" --image-service-endpoint="$socket"
  start proxy "$programs/kube-proxy" --kubeconfig="$keys/kubeconfig" --hostname-override=node1 --cluster-cidr="$pods" \
    --proxy-mode=iptables --conntrack-max-per-core=0
}

# The first process of the cluster's name spaces: when it ends, everything in them does.
first() {
  cd "$state"
  prepare_network
  make_keys
  configure
  start containerd containerd --config "$state/containerd.toml"
  start_control
  start_node
  wait
}

# prints: the process that other commands join
entrance() { pgrep --parent "$(cat "$state/pid" 2>/dev/null)" 2>/dev/null | head -n 1; }

inside() {
  local process
  process=$(entrance)
  [ -n "$process" ] || { echo 'the cluster is not running: .ci/cluster.sh up' >&2; exit 3; }
  nsenter --target "$process" --net --mount --pid -- env "KUBECONFIG=$keys/kubeconfig" "PATH=$programs:$PATH" "$@"
}

is_ready() { inside kubectl get node node1 2>/dev/null | grep -q ' Ready'; }

up() {
  local until=$((SECONDS + 120))
  build
  require
  [ -z "$(entrance)" ] || { is_ready && return; }
  mkdir -p "$state/log"
  pause_image
  docker save local/pause:1 -o "$state/pause.tar"
  setsid unshare --net --mount --pid --fork --mount-proc --kill-child=SIGKILL "$here/cluster.sh" first \
    >"$state/log/first.log" 2>&1 </dev/null &
  echo $! >"$state/pid"
  while [ $SECONDS -lt $until ]; do
    ! is_ready || return 0
    sleep 0.4
  done
  echo "the cluster was not ready within two minutes; see $state/log" >&2
  return 1
}

load() {
  docker save "$@" -o "$state/images.tar"
  inside ctr -a "$state/containerd.sock" -n k8s.io images import "$state/images.tar" >"$state/log/load.log" 2>&1 ||
    { cat "$state/log/load.log" >&2; return 1; }
  rm -f "$state/images.tar"
}

stop_cluster() {
  local group
  [ ! -e "$state/pid" ] || kill -KILL "$(cat "$state/pid")" 2>/dev/null || true
  rm -f "$state/pid"
  sleep 1
  awk -v state="$state/" 'index($2, state) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mounted; do
    umount -l "$mounted"
  done
  for group in /sys/fs/cgroup/*/kubepods /sys/fs/cgroup/kubepods; do
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  done
}

PATH=$PATH:/usr/sbin:/sbin
case ${1-} in
  build | up) "$1" ;;
  load | inside) "$@" ;;
  stop) stop_cluster ;;
  remove)
    stop_cluster
    rm -rf "$state"
    ;;
  first) first ;;
  *)
    sed -n '2,11s/^# //p' "$0"
    exit 64
    ;;
esac

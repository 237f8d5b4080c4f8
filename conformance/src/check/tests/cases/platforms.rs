//! Cases of files for platforms that say the same as civic.toml, or something else.

use super::super::Edit::{Bytes, Replace, Write};
use super::Case;

/// What a careful person would write for the sound project.
pub(in crate::check::tests) const CLUSTER: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      securityContext: {runAsNonRoot: true, runAsUser: 10001}
      containers:
      - name: web
        image: notebook
        command: ["node", "src/server.js"]
        ports: [{name: main, containerPort: 8080}]
        env:
        - {name: PORT, value: "8080"}
        - name: COOKIE_SECRET
          valueFrom: {secretKeyRef: {name: notebook, key: COOKIE_SECRET}}
        readinessProbe:
          httpGet: {path: /readyz, port: main}
        volumeMounts: [{name: notes, mountPath: /data}]
      volumes:
      - name: notes
        persistentVolumeClaim: {claimName: notes}
---
apiVersion: v1
kind: Service
metadata: {name: notebook}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: main}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: notes}
spec: {accessModes: [ReadWriteOnce]}
"#;

const AT: &str = "k8s/web.yaml";
const THERE: super::super::Edit = Write(AT, CLUSTER);

pub(super) const CASES: &[Case] = &[
    (
        "kubernetes-agrees",
        &[
            &[THERE, Replace(AT, "containerPort: 8080", "containerPort: 9000")],
            &[THERE, Replace(AT, "targetPort: main", "targetPort: 3000")],
            &[THERE, Replace(AT, "value: \"8080\"", "value: \"9000\"")],
            &[THERE, Replace(AT, "runAsUser: 10001", "runAsUser: 0")],
            &[
                THERE,
                Replace(AT, ", runAsUser: 10001", ""),
                Replace("Dockerfile", "USER 1000:0", "USER node"),
            ],
            &[THERE, Replace(AT, "path: /readyz", "path: /")],
            &[THERE, Replace(AT, "httpGet: {path: /readyz, port: main}", "tcpSocket: {port: 8080}")],
            &[THERE, Replace(AT, "readinessProbe", "startupProbe")],
            &[THERE, Replace(AT, "\"src/server.js\"", "\"src/dev.js\"")],
            &[THERE, Replace(AT, "persistentVolumeClaim: {claimName: notes}", "emptyDir: {}")],
            &[THERE, Replace(AT, "mountPath: /data", "mountPath: /notes")],
            &[
                THERE,
                Replace(
                    AT,
                    "kind: PersistentVolumeClaim\nmetadata: {name: notes}",
                    "kind: PersistentVolumeClaim\nmetadata: {name: other}",
                ),
            ],
            &[
                THERE,
                Replace(
                    AT,
                    "valueFrom: {secretKeyRef: {name: notebook, key: COOKIE_SECRET}}",
                    "value: 5f3c9a1e77",
                ),
            ],
            &[THERE, Replace(AT, "name: COOKIE_SECRET\n", "name: COOKIE\n")],
            &[Write(
                "deploy/settings.yml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  COOKIE_SECRET: 5f3c9a1e77\n---\n\
                 apiVersion: v1\nkind: Secret\nmetadata: {name: b}\nstringData: {SMTP_PASSWORD: 5f3c9a1e77}\n",
            )],
            &[
                THERE,
                Replace(AT, "metadata: {name: web}", "metadata: {name: site}"),
                Replace(AT, "- name: web", "- name: site"),
            ],
            &[
                Write("deploy/chart/Chart.yaml", "name: notebook\n"),
                Write("deploy/chart/templates/web.yaml", "{{ x }}\n"),
            ],
            &[Write("kubernetes/web.yaml", "kind: {{ .kind }}\nx: [\n")],
            &[Write("manifests/twice.yaml", "kind: Pod\nkind: Job\n")],
            &[
                Write("manifests/tabs.yml", "kind:\n\tPod\n"),
                Write("manifests/empty.yml", ""),
                Bytes("manifests/x.yml", b"a: \0\n"),
            ],
        ],
        &[
            &[THERE],
            &[
                THERE,
                Replace(
                    AT,
                    "command: [\"node\", \"src/server.js\"]\n",
                    "args: [sh, -c, exec node src/server.js]\n",
                ),
            ],
            &[THERE, Replace(AT, "        command: [\"node\", \"src/server.js\"]\n", "")],
            &[
                THERE,
                Replace(
                    AT,
                    "- {name: PORT, value: \"8080\"}\n",
                    "- {name: COOKIE_URL, value: \"x://$(COOKIE_SECRET)@h\"}\n",
                ),
            ],
            &[
                THERE,
                Replace(AT, "env:", "envFrom: [{secretRef: {name: all}}]\n        env:"),
                Replace(AT, "name: COOKIE_SECRET\n", "name: COOKIE\n"),
            ],
            // A patch is no whole object.
            &[
                THERE,
                Write("k8s/kustomization.yaml", "patches: [{path: more.yaml}]\n"),
                Write(
                    "k8s/more.yaml",
                    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web}]}}}\n",
                ),
            ],
            &[Write("deploy/playbook.yml", "- hosts: all\n  tasks: [a]\n"), Write("deploy/notes.txt", "{{")],
        ],
    ),
    (
        "habitat-agrees",
        &[
            &[PLAN, DEFAULTS, HEALTH, RUN, Replace("habitat/default.toml", "port = 8080", "port = 9000")],
            &[
                PLAN,
                DEFAULTS,
                HEALTH,
                RUN,
                Replace("habitat/plan.sh", "pkg_svc_user=hab", "pkg_svc_user=root"),
            ],
            &[PLAN, DEFAULTS, HEALTH, RUN, Replace("habitat/hooks/health-check", "/readyz", "/")],
            &[PLAN, DEFAULTS, RUN],
            &[PLAN, DEFAULTS, HEALTH, RUN, Replace("habitat/hooks/run", "src/server.js", "src/dev.js")],
            &[PLAN, DEFAULTS, HEALTH, RUN, Replace("habitat/hooks/run", "{{pkg.svc_data_path}}", "/tmp")],
            &[
                PLAN,
                DEFAULTS,
                HEALTH,
                RUN,
                Replace("habitat/default.toml", "cookie_secret = \"\"", "cookie_secret = \"5f3c9a1e77\""),
            ],
            &[PLAN, HEALTH, RUN, Write("habitat/default.toml", "a = [\n")],
            &[PLAN, HEALTH, RUN, Bytes("habitat/default.toml", b"\0")],
        ],
        &[
            &[PLAN, DEFAULTS, HEALTH, RUN],
            &[
                PLAN,
                DEFAULTS,
                HEALTH,
                RUN,
                Replace(
                    "habitat/hooks/run",
                    "node src/server.js",
                    "{{pkgPathFor \"core/node\"}}/bin/node {{cfg.main}}",
                ),
            ],
            &[
                PLAN,
                DEFAULTS,
                HEALTH,
                RUN,
                Replace("habitat/hooks/health-check", "8080/readyz", "{{cfg.server.port}}/readyz?deep=1"),
            ],
        ],
    ),
];

const PLAN: super::super::Edit = Write(
    "habitat/plan.sh",
    "pkg_name=notebook\npkg_svc_user=hab\npkg_exports=([port]=server.port)\npkg_exposes=(port)\ndo_build() { return 0; }\n",
);
const DEFAULTS: super::super::Edit =
    Write("habitat/default.toml", "cookie_secret = \"\"\n[server]\nport = 8080\n");
const HEALTH: super::super::Edit =
    Write("habitat/hooks/health-check", "#!/bin/sh\ncurl -fs http://127.0.0.1:8080/readyz || exit 2\n");
const RUN: super::super::Edit = Write(
    "habitat/hooks/run",
    "#!/bin/sh\ncd {{pkg.svc_data_path}}\nexport PORT={{cfg.server.port}}\nexec node src/server.js 2>&1\n",
);

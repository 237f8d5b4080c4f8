//! Cases of hooks and of what they save.

use super::super::Edit::{Bytes, Replace, Write};
use super::Case;

const HOOK: &str = "civic/hooks/pre-backup";

pub(super) const CASES: &[Case] = &[
    (
        "hooks-runnable",
        &[
            &[Write(HOOK, "set -e\npg_dump\n")],
            &[Write(HOOK, "#!/bin/sh\r\nset -e\r\n")],
            &[Write(HOOK, "#!/bin/sh\nset -e\r\n")],
            &[Write(HOOK, "\u{feff}#!/bin/sh\nset -e\n")],
            &[Write(HOOK, "")],
            &[Bytes(HOOK, b"\xff\xfe#\0!\0")],
            &[Replace(HOOK, "set -eu", "set -euo pipefail")],
        ],
        &[
            &[Bytes(HOOK, b"\x7fELF\0\0")],
            &[Write(HOOK, "#!/usr/bin/env -S python3 -u\nprint()\n")],
            &[Write("civic/hooks/README.md", "How it works\r\n"), Write("civic/hooks/lib.sh", "set -e\n")],
        ],
    ),
    (
        "hooks-honest",
        &[
            &[Replace(HOOK, "|| { echo \"pg_dump failed\" >&2; exit 1; }", "|| true")],
            &[Replace(HOOK, "exit 1; }", "}")],
            &[Replace(HOOK, "set -eu", "set +e")],
            &[Write(HOOK, "#!/bin/sh\npg_dump -f \"$CIVIC_BACKUP_DIR/a\"\necho done\n")],
            &[Write(HOOK, "#!/bin/sh\npg_dump -f \"$CIVIC_BACKUP_DIR/a\"\ngzip \"$CIVIC_BACKUP_DIR/a\"\n")],
            &[Write(
                HOOK,
                "#!/bin/sh\nset -e\npg_dump 2>/dev/null | gzip > \"$CIVIC_BACKUP_DIR/a.gz\"\nmysqldump --force app &\n",
            )],
            &[Write(
                "civic/hooks/post-restore",
                "#!/bin/sh -e\nset -x\ngunzip -c a.gz | psql app\napt-get install -y psql\n",
            )],
            &[Write(HOOK, "#!/bin/sh\nset -e\ncp /data/app.sqlite3 \"$CIVIC_BACKUP_DIR\"\n")],
            &[Replace(
                "civic.toml",
                "exec = [\"pg_isready\", \"-q\"]",
                "exec = [\"sh\", \"-c\", \"pg_isready || exit 0\"]",
            )],
            &[Replace(
                "Dockerfile",
                "VOLUME",
                "HEALTHCHECK CMD curl -f http://localhost:8080/ || echo down\nVOLUME",
            )],
        ],
        &[
            &[Write(
                HOOK,
                "#!/bin/sh\nset -e\nrm -f x || true\npg_dump -f a || fail 'no dump'\nkill \"$pid\" || :\n",
            )],
            &[Write(HOOK, "#!/bin/sh\nexec pg_dump -f \"$CIVIC_BACKUP_DIR/a\"\n")],
            &[Write(HOOK, "#!/bin/bash -eu\nset -o pipefail\npg_dump | gzip > a\n")],
            &[Write(HOOK, "#!/bin/sh\nset -e\nset +e\npg_dump -f a\nrc=$?\nset -e\nexit $rc\n")],
            &[Write(
                HOOK,
                "#!/bin/sh\nset -e\necho \"pg_dump || true\" # pg_dump | gzip\ncat <<EOF\npg_dump || true\nEOF\n",
            )],
            &[Replace(
                "Dockerfile",
                "VOLUME",
                "HEALTHCHECK CMD curl -f http://localhost:8080/ || exit 1\nVOLUME",
            )],
        ],
    ),
    (
        "state-declared",
        &[
            &[Replace(
                "civic.toml",
                "[volumes.notes]\nservice = \"web\"\npath = \"/data\"",
                "[volumes.notes]\nservice = \"web\"\npath = \"/notes\"",
            )],
            &[Replace("civic.toml", "path = \"/var/lib/postgresql/data\"", "path = \"/var/lib/postgresql\"")],
            &[
                Write("Dockerfile", "FROM redis:8\n"),
                Replace(
                    "civic.toml",
                    "service = \"web\"\npath = \"/data\"",
                    "service = \"db\"\npath = \"/notes\"",
                ),
            ],
            &[Replace(
                "civic.toml",
                "[canary]",
                "[services.cache]\nimage = \"docker.io/valkey/valkey:8\"\n[canary]",
            )],
        ],
        &[
            &[Replace(
                "civic.toml",
                "[canary]",
                "[services.cache]\nimage = \"valkey/valkey:8\"\ntmpfs = [\"/data\"]\n[canary]",
            )],
            &[Replace(
                "civic.toml",
                "[canary]",
                "[services.client]\nimage = \"postgres:17\"\ncommand = [\"sh\", \"/backup.sh\"]\n[canary]",
            )],
            &[
                Replace("civic.toml", "postgres:17-trixie", "postgres:18"),
                Replace(
                    "civic.toml",
                    "path = \"/var/lib/postgresql/data\"",
                    "path = \"/var/lib/postgresql\"",
                ),
            ],
            &[
                Replace(
                    "civic.toml",
                    "tmpfs = [\"/tmp\", \"/var/run/postgresql\"]",
                    "env = { PGDATA = \"/pg/data\" }",
                ),
                Replace("civic.toml", "/var/lib/postgresql/data", "/pg"),
            ],
            &[Write("Dockerfile", "FROM postgres:17\nCMD [\"/usr/local/bin/report\"]\n")],
        ],
    ),
    (
        "volume-anonymous",
        &[&[Write(
            "compose.yaml",
            "services:\n  web: { build: ., volumes: [/data, '/x/node_modules'] }\n  db:\n    volumes:\n      - { type: volume, target: /var/lib/postgresql/data }\n",
        )]],
        &[&[Write(
            "compose.yaml",
            "services: { web: { volumes: ['notes:/data', './src:/app/src', '/x/node_modules'] } }\n",
        )]],
    ),
];

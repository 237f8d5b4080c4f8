//! Cases of what civic.toml declares, and of what lies beside it.

use super::super::Edit::{Remove, Replace, Write};
use super::{Case, WEB};

pub(super) const CASES: &[Case] = &[
    (
        "limits-declared",
        &[
            &[Replace("civic.toml", "resources = { cpu = 0.5, memory = \"128MiB\", pids = 64 }\n", "")],
            &[Replace("civic.toml", "cpu = 0.5, memory = \"128MiB\", pids = 64", "memory = \"128MiB\"")],
        ],
        &[&[]],
    ),
    (
        "probe-declared",
        &[&[Replace("civic.toml", "[services.web.probes]\nready = { http = \"/readyz\" }\n", "")]],
        &[&[
            Replace("civic.toml", "[services.web.probes]\nready = { http = \"/readyz\" }\n", ""),
            Replace("civic.toml", "port = 8080\n", ""),
        ]],
    ),
    (
        "grace-period",
        &[&[Replace("civic.toml", WEB, "[services.web]\nbuild = \".\"\ngrace_period = \"500ms\"\n")]],
        &[&[Replace("civic.toml", WEB, "[services.web]\nbuild = \".\"\ngrace_period = \"1s\"\n")]],
    ),
    (
        "compose-agrees",
        &[
            &[Write("docker-compose.yml", "services: [\n")],
            &[Write(
                "compose.yaml",
                "services:\n  web:\n    build: ./app\n    user: root\n    command: npm run dev\n    ports: ['80:3000']\n    volumes: ['cache:/cache']\n",
            )],
            &[Write(
                "compose.yaml",
                "services:\n  web:\n    image: notebook\n  db:\n    image: postgres:16\n    volumes: ['x:/var/lib/postgresql/data']\n",
            )],
        ],
        &[&[Write(
            "compose.yaml",
            "services:\n  web:\n    build: { context: ., dockerfile: Dockerfile }\n    ports: ['${PORT:-80}:8080']\n    volumes: ['notes:/data/', 'b:/civic/backup']\n\
                 \x20 db:\n    image: postgres:17-trixie\n    volumes: ['database:/var/lib/postgresql/data']\n  mail: { image: 'mailpit:1' }\n",
        )]],
    ),
    (
        "licence-file",
        &[&[Remove("LICENSE")]],
        &[
            &[Remove("LICENSE"), Write("COPYING.txt", "GPL\n")],
            &[Remove("LICENSE"), Write("LICENSES/MIT.txt", "MIT\n")],
            &[Remove("LICENSE"), Write("licence.md", "x")],
        ],
    ),
];

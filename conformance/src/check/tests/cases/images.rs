//! Cases of what an image is made from and starts.

use super::super::Edit::{Folder, Remove, Replace, Write};
use super::{Case, WEB};

const DB_IMAGE: &str =
    "postgres:17-trixie@sha256:0000000000000000000000000000000000000000000000000000000000000000";
const START: &str = "CMD [\"node\", \"src/server.js\"]";
const NODE: &str =
    "node:24-trixie-slim@sha256:0000000000000000000000000000000000000000000000000000000000000000";

pub(super) const CASES: &[Case] = &[
    (
        "dockerfile-missing",
        &[&[Remove("Dockerfile")], &[Replace("civic.toml", "build = \".\"", "build = \"app\"")]],
        &[&[Remove("Dockerfile"), Folder("Dockerfile")]],
    ),
    (
        "dockerfile-readable",
        &[
            &[Write("Dockerfile", "FROM node:24\nRUNN npm ci\nCOPY . .\n")],
            &[Write("Dockerfile", "# nothing yet\n")],
            &[Replace("civic.toml", WEB, "[services.web]\nbuild = \".\"\ntarget = \"runtime\"\n")],
        ],
        &[&[Write("Dockerfile", "from node:24 as a\nrun cat <<EOF | sh\nNOT an instruction\nEOF\n")]],
    ),
    (
        "image-pinned",
        &[
            &[Replace("Dockerfile", NODE, "node")],
            &[Replace("Dockerfile", NODE, "node:latest")],
            &[Replace("Dockerfile", NODE, "node:24-trixie-slim")],
            &[Write("Dockerfile", "ARG BASE\nFROM ${BASE}\nCOPY --from=busybox /bin/sh /bin/sh\n")],
            &[Write("Dockerfile", "FROM node;24\n")],
            &[Replace("civic.toml", DB_IMAGE, "postgres")],
            &[Replace(
                "civic.toml",
                "run = \"civic/hooks/pre-backup\"",
                "run = \"civic/hooks/pre-backup\"\nimage = \"postgres:17\"",
            )],
        ],
        &[
            &[Write(
                "Dockerfile",
                "FROM scratch AS empty\nFROM empty\nCOPY --from=0 /a /b\nRUN --mount=type=bind,from=empty true\n",
            )],
            &[
                Replace("Dockerfile", "ARG NODE=", "ARG NODE\nARG OTHER="),
                Replace(
                    "civic.toml",
                    WEB,
                    "[services.web]\nbuild = \".\"\nbuild_args = { NODE = \"a@sha256:0000000000000000000000000000000000000000000000000000000000000000\" }\n",
                ),
            ],
        ],
    ),
    (
        "user-not-root",
        &[
            &[Replace("Dockerfile", "USER 1000:0\n", "")],
            &[Replace("Dockerfile", "USER 1000:0", "USER 0:0")],
            &[Replace("Dockerfile", "USER 1000:0", "USER node")],
        ],
        &[
            &[Write("Dockerfile", "FROM a:1 AS base\nUSER 1000\nFROM base\n")],
            &[Write("Dockerfile", "FROM gcr.io/distroless/nodejs24:nonroot\n")],
            &[Write("Dockerfile", "FROM a:1\nARG UID=1000\nUSER ${UID}\n")],
        ],
    ),
    (
        "exec-form",
        &[
            &[Replace("Dockerfile", START, "CMD node src/server.js")],
            &[Replace("Dockerfile", START, "CMD migrate && node src/server.js")],
            &[Replace("Dockerfile", START, "CMD ['node', 'src/server.js']")],
            &[Replace("Dockerfile", START, "CMD serve --api-token=sesame")],
            &[
                Replace("Dockerfile", START, "ENTRYPOINT node src/server.js"),
                Replace("civic.toml", WEB, "[services.web]\nbuild = \".\"\ncommand = [\"x\"]\n"),
            ],
            &[Replace("Dockerfile", START, "CMD [\"sh\", \"-c\", \"migrate; node src/server.js\"]")],
            &[Replace("Dockerfile", START, "CMD [\"npm\", \"start\"]")],
            &[Write("Dockerfile", "FROM node:24-alpine\nCMD node a.js\n")],
            &[Replace(
                "civic.toml",
                WEB,
                "[services.web]\nbuild = \".\"\ncommand = [\"/bin/sh\", \"-c\", \"node a.js\"]\n",
            )],
        ],
        &[
            &[
                Replace("Dockerfile", START, "CMD node a.js"),
                Replace("civic.toml", WEB, "[services.web]\nbuild = \".\"\ncommand = [\"node\", \"a.js\"]\n"),
            ],
            &[Replace("Dockerfile", START, "CMD exec node a.js")],
            &[Replace("Dockerfile", START, "ENTRYPOINT [\"/start.sh\"]")],
            &[Replace("Dockerfile", START, "CMD [\"sh\", \"-c\", \"migrate && exec node a.js\"]")],
            &[Replace(
                "Dockerfile",
                START,
                "CMD node a.js\nENTRYPOINT [\"tini\", \"--\", \"node\"]\nCMD [\"a.js\"]",
            )],
            &[Write(
                "Dockerfile",
                "FROM a:1 AS base\nCMD node a.js\nFROM base\nENTRYPOINT [\"node\", \"a.js\"]\n",
            )],
        ],
    ),
    (
        "stop-signal",
        &[
            &[Replace("Dockerfile", "STOPSIGNAL SIGINT", "STOPSIGNAL SIGKILL")],
            &[Replace("Dockerfile", "STOPSIGNAL SIGINT", "STOPSIGNAL 9")],
        ],
        &[&[Replace("Dockerfile", "STOPSIGNAL SIGINT", "STOPSIGNAL SIGKILL\nSTOPSIGNAL SIGQUIT")]],
    ),
    (
        "port-agrees",
        &[&[Replace("Dockerfile", "EXPOSE 8080", "EXPOSE 80/tcp 443")]],
        &[
            &[Replace("Dockerfile", "EXPOSE 8080\n", "")],
            &[Replace("Dockerfile", "EXPOSE 8080", "EXPOSE 8000-8090/tcp")],
            &[Replace("Dockerfile", "EXPOSE 8080", "EXPOSE $PORT")],
            &[Replace("Dockerfile", "EXPOSE 8080", "ENV PORT=8080\nEXPOSE $PORT")],
        ],
    ),
    (
        "logs-to-stdout",
        &[
            &[Replace("Dockerfile", START, "CMD exec node a.js >> /var/log/app.log 2>&1")],
            &[Replace(
                "Dockerfile",
                START,
                "ENV APP_LOG_FILE=/var/log/app.log\nCMD [\"gunicorn\", \"--access-logfile\", \"/tmp/access.log\"]",
            )],
            &[Replace(
                "civic.toml",
                WEB,
                "[services.web]\nbuild = \".\"\ncommand = [\"sh\", \"-c\", \"exec app | tee -a /data/app.log\"]\nenv = { LOG_FILE = \"/data/log\" }\n",
            )],
        ],
        &[
            &[Replace(
                "Dockerfile",
                START,
                "CMD [\"gunicorn\", \"--access-logfile\", \"-\", \"--error-logfile=/dev/stderr\"]",
            )],
            &[Replace(
                "Dockerfile",
                START,
                "RUN ln -sf /dev/stdout /var/log/app.log\nCMD [\"app\", \"--log-file=/var/log/app.log\"]",
            )],
            &[Replace("Dockerfile", START, "CMD exec app 2>&1 >/dev/stdout")],
        ],
    ),
];

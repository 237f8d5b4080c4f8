//! Cases of secrets and of what a build is sent.

use super::super::Edit::{Folder, Remove, Replace, Write};
use super::{Case, WEB};

const HOOK: &str = "civic/hooks/pre-backup";

pub(super) const CASES: &[Case] = &[
    (
        "secret-in-image",
        &[
            &[Replace(
                "Dockerfile",
                "VOLUME",
                "ENV DB_PASSWORD=hunter2 DATABASE=postgres://app:hunter2@db/app\nVOLUME",
            )],
            &[Replace("Dockerfile", "VOLUME", "ARG NPM_TOKEN\nARG API_KEY=hunter2\nVOLUME")],
            &[Replace(
                "Dockerfile",
                "VOLUME",
                "COPY <<EOF /key\n-----BEGIN RSA PRIVATE KEY-----\nEOF\nVOLUME",
            )],
            &[Replace("Dockerfile", "VOLUME", "COPY .env.production ./\nVOLUME")],
            &[
                Remove(".dockerignore"),
                Replace("Dockerfile", "COPY src ./src", "COPY . ."),
                Write(".env", "PORT=1\nDB_PASSWORD=hunter2\n"),
            ],
            &[Write("src/.env", "PORT=1\n")],
            &[Write("src/tls/server.key", "-----BEGIN PRIVATE KEY-----\n")],
        ],
        &[
            &[Replace(
                "Dockerfile",
                "VOLUME",
                "ENV DB_PASSWORD_FILE=/run/secrets/db TOKEN_TTL=60 SECRET= API_KEY=$API_KEY\nVOLUME",
            )],
            &[Replace("Dockerfile", "COPY src ./src", "COPY . ."), Write(".env", "DB_PASSWORD=hunter2\n")],
            &[
                Write("src/.env.example", "DB_PASSWORD=hunter2\n"),
                Write("src/ca.pem", "-----BEGIN CERTIFICATE-----\n"),
            ],
            &[Remove(".dockerignore"), Write(".env", "DB_PASSWORD=hunter2\n")],
            &[Replace("Dockerfile", "VOLUME", "RUN SECRET_KEY_BASE_DUMMY=1 rails assets:precompile\nVOLUME")],
        ],
    ),
    (
        "secret-in-manifest",
        &[
            &[Replace(
                "civic.toml",
                WEB,
                "[services.web]\nbuild = \".\"\nenv = { SMTP_PASSWORD = \"hunter2\", URL = \"amqp://a:hunter2@b\" }\n",
            )],
            &[Replace(
                "civic.toml",
                WEB,
                "[services.web]\nbuild = \".\"\nbuild_args = { NPM_TOKEN = \"hunter2\" }\n",
            )],
            &[Replace(
                "civic.toml",
                "COOKIE_SECRET = { generate = \"hex\" }",
                "COOKIE_SECRET = { template = \"redis://:hunter2@b/{POSTGRES_PASSWORD}\" }",
            )],
        ],
        &[
            &[Replace(
                "civic.toml",
                "COOKIE_SECRET = { generate = \"hex\" }",
                "COOKIE_SECRET = { value = \"sandbox\" }",
            )],
            &[Replace(
                "civic.toml",
                "COOKIE_SECRET = { generate = \"hex\" }",
                "COOKIE_SECRET = { template = \"redis://:{POSTGRES_PASSWORD}@b\" }",
            )],
        ],
    ),
    (
        "dockerignore-missing",
        &[
            &[Remove(".dockerignore")],
            &[Remove(".dockerignore"), Folder(".git"), Write("node_modules/a/b.js", "")],
        ],
        &[
            &[Remove(".dockerignore"), Write("Dockerfile", "FROM a:1\nCOPY <<EOF /x\nEOF\n")],
            &[Write(".dockerignore", "")],
        ],
    ),
    (
        "dockerignore-misses",
        &[
            &[
                Write(".dockerignore", "*.md\n"),
                Folder(".git"),
                Write("ui/node_modules/a.js", ""),
                Write(".env", "A=1\n"),
                Write("db/dev.sqlite3", ""),
            ],
            &[Write(".dockerignore", "a\n[z\n")],
            &[Remove(".dockerignore"), Folder(".dockerignore")],
        ],
        &[&[
            Write(".dockerignore", "**/node_modules\n.git\n.env*\n!.env.example\n"),
            Folder(".git"),
            Write("ui/node_modules/a.js", ""),
            Write(".env", "A=1\n"),
        ]],
    ),
    (
        "credentials-in-argv",
        &[
            &[Replace(HOOK, "PGPASSWORD=\"$POSTGRES_PASSWORD\"", "PGPASSWORD=hunter2")],
            &[Write(
                HOOK,
                "#!/bin/sh\nset -e\nmysqldump -u app -p\"$MYSQL_PASSWORD\" app\nmysqldump -phunter2 app\npg_dump \"postgres://app:$PASS@db/app\"\n",
            )],
            &[Write(
                HOOK,
                "#!/bin/sh\nset -e\nredis-cli -a \"$REDIS_PASSWORD\" save\ncurl -u \"app:$PASS\" http://db/\n",
            )],
            &[Replace(
                "civic.toml",
                "exec = [\"pg_isready\", \"-q\"]",
                "exec = [\"mysqladmin\", \"ping\", \"--password=hunter2\"]",
            )],
        ],
        &[
            &[Write(
                HOOK,
                "#!/bin/sh\nset -e\nMYSQL_PWD=\"$MYSQL_PASSWORD\" mysqldump -u app -p app\npsql --password -p 5432 -c 'select 1'\nmkdir -p a\n",
            )],
            &[Write(
                HOOK,
                "#!/bin/sh\nset -e\ncurl https://example.org/a@b:c\nexport TOKEN=\"$(cat /run/token)\"\n",
            )],
        ],
    ),
];

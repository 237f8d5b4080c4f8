//! Canaries in the suite's own table of a database: no code in the app, and less proven.

use civic_contract::manifest::{DatabaseCanary, DatabaseEngine};

use super::{OWN_LIMIT, Record, Write, parse_lines};
use crate::access::Access;
use crate::engine::{EngineError, Exec, Output};
use crate::secrets::Secrets;

const CREATE: &str =
    "CREATE TABLE IF NOT EXISTS civic_canary (id INT PRIMARY KEY, nonce VARCHAR(32) NOT NULL);";
/// The app writes, too, and SQLite has one writer at a time.
const PATIENCE: &str = ".timeout 5000";
/// mongosh would show a password among its arguments, so that the script logs in by itself. `j`: it is on the disk.
const LOGIN: &str = "const own = db.getSiblingDB(process.env.CIVIC_DATABASE);
if (process.env.CIVIC_PASSWORD) db.getSiblingDB('admin').auth(process.env.CIVIC_USER, process.env.CIVIC_PASSWORD);
";

pub(super) async fn write(
    access: &Access,
    secrets: &Secrets,
    database: &DatabaseCanary,
    record: &Record,
) -> Write {
    let (id, nonce) = record; // a number and letters of our own alphabet: nothing to quote
    let script = match database.engine {
        DatabaseEngine::Mongodb => format!(
            "{LOGIN}own.civic_canary.insertOne({{ _id: {id}, nonce: '{nonce}' }}, {{ writeConcern: {{ w: 1, j: true }} }});\n"
        ),
        _ => format!("{CREATE}\nINSERT INTO civic_canary VALUES ({id}, '{nonce}');\n"),
    };
    match query(access, secrets, database, &script).await {
        Ok(output) if output.succeeded() => Write::Acknowledged,
        Ok(output) if output.code.is_some() => Write::Failed(output.complaint()),
        Ok(output) => Write::Unknown(output.complaint()),
        Err(error) => Write::Unknown(error.to_string()),
    }
}

pub(super) async fn read(
    access: &Access,
    secrets: &Secrets,
    database: &DatabaseCanary,
) -> Result<Vec<Record>, String> {
    let script = match database.engine {
        DatabaseEngine::Mongodb => format!(
            "{LOGIN}own.civic_canary.find().forEach((record) => print(record._id + '|' + record.nonce));\n"
        ),
        _ => format!("{CREATE}\nSELECT id, nonce FROM civic_canary;\n"),
    };
    let output = query(access, secrets, database, &script).await.map_err(|error| error.to_string())?;
    if output.succeeded() { parse_lines(&output.text()) } else { Err(output.complaint()) }
}

/// The script goes through standard input and the password through the environment: neither shows in a process list.
async fn query(
    access: &Access,
    secrets: &Secrets,
    database: &DatabaseCanary,
    script: &str,
) -> Result<Output, EngineError> {
    let (user, name) = (database.user.as_str(), database.database.as_str());
    let mut text = script.to_owned();
    let (command, variable) = match database.engine {
        DatabaseEngine::Postgres => {
            let flags = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
            let rest = ["--set=ON_ERROR_STOP=1", "--username", user, "--dbname", name];
            ([flags.as_slice(), rest.as_slice()].concat(), "PGPASSWORD")
        }
        DatabaseEngine::Mysql => {
            // MariaDB's images have no `mysql`, MySQL's have no `mariadb`. The shell gets fixed text only.
            let script = "exec \"$(command -v mariadb || command -v mysql)\" \"$@\"";
            let flags = ["sh", "-c", script, "sh", "--batch", "--skip-column-names"];
            ([flags.as_slice(), ["--user", user, name].as_slice()].concat(), "MYSQL_PWD")
        }
        DatabaseEngine::Mongodb => {
            (vec!["mongosh", "--quiet", "--norc", "--file", "/dev/stdin"], "CIVIC_PASSWORD")
        }
        DatabaseEngine::Sqlite => {
            text = format!("{PATIENCE}\n{script}");
            (vec!["sqlite3", "-batch", "-bail", "-noheader", "-list", name], "")
        }
    };
    let mut exec = Exec::new(command).stdin(text.as_bytes());
    if let Some(secret) = &database.password {
        exec.env.push(format!("{variable}={}", secrets.value(secret)));
    }
    if database.engine == DatabaseEngine::Mongodb {
        exec.env.extend([format!("CIVIC_USER={user}"), format!("CIVIC_DATABASE={name}")]);
    }
    access.exec(&database.service, &exec, OWN_LIMIT).await
}

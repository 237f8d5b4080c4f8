//! Canaries in the suite's own table of a database service: no code in the app, and less proven.

use civic_contract::manifest::{DatabaseCanary, DatabaseEngine};

use super::{OWN_LIMIT, Record, Write, parse_lines};
use crate::access::Access;
use crate::engine::{EngineError, Exec, Output};
use crate::secrets::Secrets;

const CREATE: &str =
    "CREATE TABLE IF NOT EXISTS civic_canary (id INT PRIMARY KEY, nonce VARCHAR(32) NOT NULL);";

pub(super) async fn write(
    access: &Access,
    secrets: &Secrets,
    database: &DatabaseCanary,
    record: &Record,
) -> Write {
    let (id, nonce) = record; // a number and letters of our own alphabet: nothing to quote
    let sql = format!("{CREATE}\nINSERT INTO civic_canary VALUES ({id}, '{nonce}');\n");
    match query(access, secrets, database, &sql).await {
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
    let sql = format!("{CREATE}\nSELECT id, nonce FROM civic_canary;\n");
    let output = query(access, secrets, database, &sql).await.map_err(|error| error.to_string())?;
    if output.succeeded() { parse_lines(&output.text()) } else { Err(output.complaint()) }
}

/// SQL goes through standard input and the password through the environment: neither shows in a process list.
async fn query(
    access: &Access,
    secrets: &Secrets,
    database: &DatabaseCanary,
    sql: &str,
) -> Result<Output, EngineError> {
    let (user, name) = (database.user.as_str(), database.database.as_str());
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
    };
    let mut exec = Exec::new(command).stdin(sql.as_bytes());
    if let Some(secret) = &database.password {
        exec.env.push(format!("{variable}={}", secrets.value(secret)));
    }
    access.exec(&database.service, &exec, OWN_LIMIT).await
}

//! Canaries, as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::PeriodText;

/// How civic writes made-up records and asks for them again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Canary {
    /// Through the app's own route or command: the whole chain is proven.
    App(AppCanary),
    /// In a table of civic's own in a database service: no code needed, but at most level C2.
    Database(DatabaseCanary),
    /// As files in a durable volume: no code needed, but at most level C2.
    Volume(VolumeCanary),
    /// For an app that keeps no data: a page must be served again after every harm. At most level C3.
    Page(PageCanary),
}

/// Through the app itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppCanary {
    /// Hands one record to the app. Success must mean: this is durable.
    #[schemars(extend("examples" = [{"exec": {"service": "web", "command": ["/civic/hooks/canary-write", "{id}", "{nonce}"]}}]))]
    pub(crate) write: Operation,
    /// Asks the app for all records it knows.
    #[schemars(extend("examples" = [{"exec": {"service": "web", "command": ["/civic/hooks/canary-read"]}}]))]
    pub(crate) read: Operation,
    /// Regular expression that finds each record in the answer of the last step of `read`. It has the groups
    /// `id` and `nonce`. A read by `exec` may leave it out: then each line is `id nonce`.
    #[schemars(length(min = 1), example = &r#""id":"(?<id>\d+)","nonce":"(?<nonce>\w+)""#)]
    pub(crate) records: Option<String>,
    /// An operation that takes longer has an unknown outcome.
    #[serde(default = "PeriodText::ten_seconds")]
    pub(crate) timeout: PeriodText,
}

/// Requests in order, or one command. Exactly one of `http` and `exec`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["http"]}, {"required": ["exec"]}]))]
pub(crate) struct Operation {
    /// Requests in order. Cookies and extracted values are kept between them.
    #[schemars(length(min = 1, max = 32))]
    pub(crate) http: Option<Vec<HttpStep>>,
    /// A command in a service's container. For `write`, exit code 0 means: this is durable.
    pub(crate) exec: Option<ExecStep>,
}

/// A command in a service's container.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"service": "web", "command": ["/civic/hooks/canary-read"]}]))]
pub(crate) struct ExecStep {
    /// Service in whose container it runs.
    #[schemars(example = &"web")]
    pub(crate) service: String,
    /// Program and arguments. Placeholders are filled in each; no shell reads them.
    #[schemars(length(min = 1), extend("examples" = [["/civic/hooks/canary-write", "{id}", "{nonce}"]]))]
    pub(crate) command: Vec<String>,
}

/// One request. Placeholders are filled in `path` (percent-encoded), header values, form values and `body`:
/// `{id}`, `{nonce}`, `{secret:NAME}`, and what an earlier request extracted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"service": "web", "path": "/records"}]))]
pub(crate) struct HttpStep {
    /// Service that is asked, on its port.
    #[schemars(example = &"web")]
    pub(crate) service: String,
    /// Method of the request.
    #[serde(default)]
    pub(crate) method: Method,
    /// Path with its query.
    #[schemars(extend("pattern" = "^/"), example = &"/api/records?id={id}")]
    pub(crate) path: String,
    /// Header lines by name.
    #[serde(default)]
    #[schemars(extend("examples" = [{"Authorization": "Bearer {secret:API_TOKEN}"}]))]
    pub(crate) headers: BTreeMap<String, String>,
    /// Fields of a form. At most one of `form` and `body`.
    #[schemars(extend("examples" = [{"title": "{id}", "text": "{nonce}"}]))]
    pub(crate) form: Option<BTreeMap<String, String>>,
    /// What is sent, as it is. Literal braces are doubled. It is JSON unless a header says otherwise.
    #[schemars(example = &r#"{{"id":"{id}","nonce":"{nonce}"}}"#)]
    pub(crate) body: Option<String>,
    /// Statuses that mean success.
    #[serde(default = "HttpStep::success")]
    #[schemars(length(min = 1), inner(range(min = 100, max = 599)), extend("examples" = [[201]]))]
    pub(crate) status: Vec<u16>,
    /// Regular expression that the answer must match.
    #[schemars(example = &"saved")]
    pub(crate) expect: Option<String>,
    /// Values for later requests: a name, and a regular expression whose first group is the value.
    #[serde(default)]
    #[schemars(extend("examples" = [{"token": "name=\"csrf\" value=\"([^\"]+)\""}]))]
    pub(crate) extract: BTreeMap<String, String>,
}

impl HttpStep {
    /// Statuses with which applications say that something was made or done.
    fn success() -> Vec<u16> {
        vec![200, 201, 202, 204]
    }
}

/// Method of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub(crate) enum Method {
    #[default]
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// As it is sent.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// In a table of civic's own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatabaseCanary {
    /// Service that runs the database.
    #[schemars(example = &"db")]
    pub(crate) service: String,
    /// Which database it is.
    pub(crate) engine: DatabaseEngine,
    /// Role that connects from inside the container. SQLite has none.
    #[schemars(length(min = 1), example = &"app")]
    pub(crate) user: Option<String>,
    /// Database that gets the table `civic_canary`; for SQLite the whole path of its file, in a durable volume.
    #[schemars(length(min = 1), example = &"app")]
    pub(crate) database: String,
    /// Name of the secret that holds the role's password, where one is asked for.
    #[schemars(example = &"MYSQL_PASSWORD")]
    pub(crate) password: Option<String>,
}

/// Which database it is.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DatabaseEngine {
    /// PostgreSQL, spoken to with `psql`.
    Postgres,
    /// MySQL or MariaDB, spoken to with `mariadb` or `mysql`.
    Mysql,
    /// MongoDB, spoken to with `mongosh`.
    Mongodb,
    /// SQLite, spoken to with `sqlite3`.
    Sqlite,
}

/// As files in a durable volume.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VolumeCanary {
    /// Name of the volume.
    #[schemars(example = &"data")]
    pub(crate) volume: String,
}

/// For an app that keeps no data.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageCanary {
    /// Service that is asked, on its port.
    #[schemars(example = &"web")]
    pub(crate) service: String,
    /// Path with its query, asked with GET.
    #[schemars(extend("pattern" = "^/"), example = &"/")]
    pub(crate) path: String,
    /// Regular expression that only the app's own page matches: no error page, no empty page.
    #[schemars(length(min = 1), example = &"<title>Court fees calculator</title>")]
    pub(crate) expect: String,
    /// The one status with which the page comes.
    #[serde(default = "PageCanary::ok")]
    #[schemars(range(min = 100, max = 599), example = &200)]
    pub(crate) status: u16,
}

impl PageCanary {
    fn ok() -> u16 {
        200
    }
}

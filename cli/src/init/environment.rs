//! What the app's variables mean: addresses and accounts of servers, secrets, and what a person has to fill in.

use civic_buildpacks::detection::{Env, Evidence};
use civic_contract::manifest::is_variable;
use civic_templates::draft::{Secret, SecretValue, Variable};

use super::servers::{Account, Server};

/// The variables of the app's own services.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Plain values.
    pub env: Vec<Variable>,
    /// What the code can do without.
    pub optional: Vec<Variable>,
    /// Secret values.
    pub secrets: Vec<Secret>,
    /// Secrets of servers that the app reads under the server's own name.
    pub shared: Vec<String>,
}

/// More than that is not read by people.
const MOST_OPTIONAL: usize = 40;

impl Environment {
    /// Sorts what detection found; `servers` are those that run beside the app.
    pub fn of(found: &[Env], servers: &[&Server], account: &Account) -> Self {
        let mut sorted = Self::default();
        for variable in found.iter().filter(|variable| is_variable(&variable.name)) {
            sorted.add(variable, servers, account);
        }
        sorted.address_of_the_database(servers, account);
        sorted
    }

    fn add(&mut self, found: &Env, servers: &[&Server], account: &Account) {
        let place = found.evidence.first().map(|evidence| evidence.place()).unwrap_or_default();
        if is_given(&found.name) {
            return;
        }
        if servers.iter().any(|server| server.password() == Some(found.name.as_str())) {
            if !is_set_up(&place) {
                self.shared.push(found.name.clone());
            }
            return;
        }
        if let Some(value) = servers.iter().find_map(|server| meaning(&found.name, server, account)) {
            return self.server(&found.name, value, place);
        }
        let set_up = found.evidence.iter().map(Evidence::place).find(|place| is_set_up(place));
        let name = found.name.clone();
        // `civic check` reads what is written here, and must not find a secret in it.
        let value = found.default.clone().filter(|value| !value.is_empty());
        let value = value.unwrap_or_else(|| example(&found.name));
        let is_secret = found.secret || civic_conformance::check::is_secret(&found.name, &value);
        // What people are told to set, they set: an app may well not start without.
        match (found.required || set_up.is_some() && !is_for_developers(&found.name), is_secret) {
            (true, true) => self.secrets.push(Secret { name, value: made_up(&found.name), why: place }),
            (true, false) => self.env.push(Variable { name, value, why: place }),
            (false, is_secret) if self.optional.len() < MOST_OPTIONAL => {
                let value = found.default.clone().filter(|_| !is_secret).unwrap_or_default();
                self.optional.push(Variable { name, value, why: place });
            }
            (false, _) => {}
        }
    }

    /// A value with a password in it is a secret.
    fn server(&mut self, name: &str, value: String, why: String) {
        let name = name.to_owned();
        if value.contains('{') {
            self.secrets.push(Secret { name, value: SecretValue::Template(value), why });
        } else {
            self.env.push(Variable { name, value, why });
        }
    }

    /// Many programs read `DATABASE_URL` in a library, where no rule sees it.
    fn address_of_the_database(&mut self, servers: &[&Server], account: &Account) {
        let Some(database) = servers.iter().find(|server| matches!(server.addon, "postgres" | "mysql"))
        else {
            return;
        };
        let address = database.address(account);
        let marker = database.password().map(|name| format!("{{{name}}}")).unwrap_or_default();
        let is_known = self.secrets.iter().any(|secret| match &secret.value {
            SecretValue::Template(text) => text.contains("://") && text.contains(&marker),
            _ => false,
        });
        if !is_known {
            let why = "no variable of the code was found for it; this is the usual one".to_owned();
            self.server("DATABASE_URL", address, why);
        }
    }
}

/// Files that tell people which variables to set.
fn is_set_up(place: &str) -> bool {
    let name = place.split(':').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    name == "app.json"
        || name.contains("env")
            && (name.contains("example")
                || name.contains("sample")
                || name.contains("template")
                || name.contains("dist"))
}

/// Switches that an example file has on for developers.
fn is_for_developers(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.contains("DEBUG")
        || name.ends_with("_ENV")
        || name.contains("DEVELOP")
        || name.contains("TEST_DATABASE")
        || name.starts_with("CYPRESS")
}

/// What a platform or this program sets by itself.
fn is_given(name: &str) -> bool {
    matches!(
        name,
        "PORT"
            | "HOME"
            | "PATH"
            | "PWD"
            | "USER"
            | "HOSTNAME"
            | "CI"
            | "TMPDIR"
            | "SHELL"
            | "TERM"
            | "LANG"
            | "npm_package_version"
            | "DYNO"
            | "KUBERNETES_SERVICE_HOST"
            | "NODE_ENV"
            | "RAILS_ENV"
            | "RACK_ENV"
    ) || name.starts_with("npm_")
        || name.starts_with("GITHUB_")
        || name.starts_with("HEROKU_APP")
        || name.starts_with("HEROKU_SLUG")
        || name.starts_with("HEROKU_RELEASE")
}

/// The value of a variable that names a server, or a part of its address.
fn meaning(name: &str, server: &Server, account: &Account) -> Option<String> {
    let name = name.to_ascii_uppercase();
    let (words, own): (&[&str], bool) = match server.addon {
        "postgres" => (
            &["POSTGRES", "POSTGRESQL", "PG", "PSQL", "RDS", "SQL", "DATABASE", "DB", "SPRING_DATASOURCE"],
            true,
        ),
        "mysql" => (
            &["MYSQL", "MARIADB", "JAWSDB", "CLEARDB", "RDS", "SQL", "DATABASE", "DB", "SPRING_DATASOURCE"],
            true,
        ),
        "mongodb" => (&["MONGO", "MONGODB", "MONGOLAB", "MONGOHQ", "DATABASE", "DB"], true),
        "redis" => (&["REDIS", "REDISCLOUD", "REDISTOGO", "CELERY", "BROKER", "RESULT"], false),
        "memcached" => (&["MEMCACHED", "MEMCACHE", "MEMCACHIER", "MEMCACHEDCLOUD"], false),
        "rabbitmq" => (&["RABBITMQ", "CLOUDAMQP", "AMQP"], false),
        _ => return None,
    };
    if server.addon == "redis"
        && matches!(
            name.as_str(),
            "CELERY_BROKER_URL" | "BROKER_URL" | "CELERY_RESULT_BACKEND" | "RESULT_BACKEND"
        )
    {
        return Some(server.address(account));
    }
    let (prefix, suffix) = split(&name, words)?;
    if prefix == "SPRING_DATASOURCE" && suffix == "URL" {
        let driver = if server.addon == "mysql" { "mariadb" } else { "postgresql" };
        return Some(format!("jdbc:{driver}://{}:{}/{}", server.service, server.port, account.name));
    }
    let is_test = name.contains("TEST");
    match suffix {
        "URL" | "URI" | "DSN" | "CONNECTION_STRING" | "CONN_STRING" | "CONNECTION_URI" | "CONNECTION_URL"
        | "SERVERS" | "DATABASE_URL" | "DB_URL" | "DB_URI" | "NAVY_URL" => {
            Some(server.address(account)).filter(|_| !is_test)
        }
        suffix if suffix.ends_with("_URL") && prefix == "POSTGRESQL" => Some(server.address(account)),
        "HOST" | "HOSTNAME" | "SERVER" | "ADDRESS" => Some(server.service.into()),
        "PORT" => Some(server.port.to_string()),
        _ if !own => None,
        "USER" | "USERNAME" | "USER_NAME" | "ROLE" => Some(account.name.clone()),
        "PASSWORD" | "PASS" | "PWD" | "USER_PASSWORD" => server.password().map(|name| format!("{{{name}}}")),
        "NAME" | "DATABASE" | "DB" | "DBNAME" | "DB_NAME" | "DATABASE_NAME" => {
            Some(account.name.clone()).filter(|_| !is_test)
        }
        _ => None,
    }
}

/// `HEROKU_POSTGRESQL_NAVY_URL` is `POSTGRESQL` and `NAVY_URL`; `PGHOST` is `PG` and `HOST`.
fn split<'n>(name: &'n str, words: &[&'n str]) -> Option<(&'n str, &'n str)> {
    let mut longest = words.to_vec();
    longest.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let own = name.strip_prefix("HEROKU_").unwrap_or(name);
    for word in &longest {
        // An app's own prefix, as in `MEALS_DB_HOST`.
        let starts = own.starts_with(word).then_some(0);
        let at = starts.or_else(|| own.find(&format!("_{word}_")).map(|at| at + 1));
        let Some(at) = at else { continue };
        let suffix = &own[at + word.len()..];
        let suffix = suffix.strip_prefix('_').or_else(|| (*word == "PG").then_some(suffix));
        if let Some(suffix) = suffix.filter(|suffix| !suffix.is_empty()) {
            return Some((word, suffix));
        }
    }
    None
}

/// What an app can be started with in a drill: keys of other people's services are made up and marked so.
fn made_up(name: &str) -> SecretValue {
    const THEIRS: [&str; 30] = [
        "TWILIO",
        "SENDGRID",
        "MAILGUN",
        "AWS_",
        "GOOGLE",
        "GITHUB",
        "STRIPE",
        "SLACK",
        "FACEBOOK",
        "TWITTER",
        "AUTH0",
        "MAPBOX",
        "SENTRY",
        "ROLLBAR",
        "AIRTABLE",
        "PLAID",
        "CLOUDINARY",
        "OPENAI",
        "NEW_RELIC",
        "POSTMARK",
        "SMTP",
        "EMAIL",
        "S3_",
        "AZURE",
        "OKTA",
        "RECAPTCHA",
        "MEETUP",
        "NEXMO",
        "DISCORD",
        "ALGOLIA",
    ];
    if THEIRS.iter().any(|theirs| name.to_ascii_uppercase().contains(theirs)) {
        SecretValue::Value("not-a-real-key".into())
    } else if name.to_ascii_uppercase().contains("ENCRYPT") {
        SecretValue::Base64(32)
    } else {
        SecretValue::Generate(32)
    }
}

fn example(name: &str) -> String {
    let name = name.to_ascii_uppercase();
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
    match () {
        () if ends(&["_URL", "_URI", "_ORIGIN", "URL"]) => "http://localhost",
        () if ends(&["EMAIL", "_FROM", "_SENDER", "MAIL"]) => "team@example.org",
        () if ends(&["_HOST", "_DOMAIN", "HOSTNAME"]) => "localhost",
        () if ends(&["_HOSTS"]) => "*",
        () if ends(&["_PORT", "_COUNT", "_LIMIT", "_TIMEOUT", "_DAYS", "_SECONDS", "CONCURRENCY", "_ID"]) => {
            "1"
        }
        () if ends(&["PHONE_NUMBER", "_PHONE"]) => "+12025550100",
        () if ends(&["_ENABLED", "DEBUG"]) || name.starts_with("ENABLE") => "false",
        () => "example",
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, addon: &str) -> Option<String> {
        meaning(name, Server::of(addon).expect("a server"), &Account::of("court-bot"))
    }

    #[test]
    fn every_usual_way_to_name_a_database() {
        let address = "postgresql://court_bot:{POSTGRES_PASSWORD}@db:5432/court_bot";
        for (name, value) in [
            ("DATABASE_URL", Some(address)),
            ("HEROKU_POSTGRESQL_NAVY_URL", Some(address)),
            ("POSTGRES_URI", Some(address)),
            ("TEST_DATABASE_URL", None),
            ("DB_HOST", Some("db")),
            ("PGHOST", Some("db")),
            ("PGPASSWORD", Some("{POSTGRES_PASSWORD}")),
            ("POSTGRES_PORT", Some("5432")),
            ("MEALS_DB_USER", Some("court_bot")),
            ("SPRING_DATASOURCE_URL", Some("jdbc:postgresql://db:5432/court_bot")),
            ("SQL_DATABASE", Some("court_bot")),
            ("GOOGLE_MAPS_KEY", None),
            ("FEEDBACK_EMAIL", None),
        ] {
            assert_eq!(of(name, "postgres").as_deref(), value, "{name}");
        }
    }

    #[test]
    fn other_servers_have_their_own_names() {
        assert_eq!(of("REDIS_URL", "redis").as_deref(), Some("redis://redis:6379/0"));
        assert_eq!(of("CELERY_BROKER_URL", "redis").as_deref(), Some("redis://redis:6379/0"));
        assert_eq!(of("DATABASE_URL", "redis"), None);
        assert_eq!(of("MEMCACHIER_SERVERS", "memcached").as_deref(), Some("memcached:11211"));
        assert!(of("MONGODB_URI", "mongodb").is_some_and(|uri| uri.starts_with("mongodb://court_bot:")));
    }

    #[test]
    fn keys_of_other_services_are_made_up_and_say_so() {
        assert_eq!(made_up("TWILIO_AUTH_TOKEN"), SecretValue::Value("not-a-real-key".into()));
        assert_eq!(made_up("SESSION_SECRET"), SecretValue::Generate(32));
    }
}

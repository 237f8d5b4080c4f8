//! Servers beside the app: what an add-on becomes in civic.toml.

use civic_templates::draft::{Probe, Secret, SecretValue, Service, Variable, Volume};

/// A server that we know how to run, ask and save.
#[derive(Debug, Clone, Copy)]
pub struct Server {
    /// Add-on, as detection names it.
    pub addon: &'static str,
    /// Service in civic.toml.
    pub service: &'static str,
    /// Image; the tag says which Debian it is made from where the publisher offers that.
    pub image: &'static str,
    /// Port.
    pub port: u16,
    /// Where it keeps its data; none when all of it can be made again.
    pub data: Option<&'static str>,
    /// Folder below `civic/hooks/`; none when nothing saves it.
    pub hooks: Option<&'static str>,
    /// Scheme of its address.
    pub scheme: &'static str,
    memory: &'static str,
    tmpfs: &'static [&'static str],
    ready: &'static [&'static str],
    command: &'static [&'static str],
}

/// Every server; what is not here becomes a note for a person.
pub const SERVERS: [Server; 6] = [
    Server {
        addon: "postgres",
        service: "db",
        image: "postgres:17-trixie",
        port: 5432,
        data: Some("/var/lib/postgresql/data"),
        hooks: Some("postgres"),
        scheme: "postgresql",
        memory: "256MiB",
        tmpfs: &["/tmp", "/var/run/postgresql"],
        // By TCP: while the image fills a new volume, its server listens on the socket only.
        ready: &["pg_isready", "-q", "-h", "127.0.0.1", "-U", "{user}", "-d", "{database}"],
        command: &[],
    },
    Server {
        addon: "mysql",
        service: "db",
        image: "mariadb:11.8",
        port: 3306,
        data: Some("/var/lib/mysql"),
        hooks: Some("mysql"),
        scheme: "mysql",
        memory: "512MiB",
        tmpfs: &["/tmp", "/run/mysqld"],
        ready: &["healthcheck.sh", "--connect", "--innodb_initialized"],
        command: &[],
    },
    Server {
        addon: "mongodb",
        service: "mongo",
        image: "mongo:8.0",
        port: 27017,
        data: Some("/data/db"),
        hooks: Some("mongodb"),
        scheme: "mongodb",
        memory: "512MiB",
        tmpfs: &["/tmp", "/data/configdb"],
        ready: &["mongosh", "--quiet", "--norc", "--eval", "quit(db.adminCommand('ping').ok ? 0 : 1)"],
        command: &[],
    },
    Server {
        addon: "redis",
        service: "redis",
        image: "redis:8-trixie",
        port: 6379,
        data: Some("/data"),
        hooks: Some("redis"),
        scheme: "redis",
        memory: "128MiB",
        tmpfs: &["/tmp"],
        ready: &["redis-cli", "ping"],
        command: &["redis-server", "--appendonly", "yes"],
    },
    Server {
        addon: "memcached",
        service: "memcached",
        image: "memcached:1.6-trixie",
        port: 11211,
        data: None,
        hooks: None,
        scheme: "memcached",
        memory: "128MiB",
        tmpfs: &[],
        ready: &[],
        command: &[],
    },
    Server {
        addon: "rabbitmq",
        service: "rabbitmq",
        image: "rabbitmq:4",
        port: 5672,
        data: Some("/var/lib/rabbitmq"),
        hooks: None,
        scheme: "amqp",
        memory: "512MiB",
        tmpfs: &["/tmp"],
        ready: &["rabbitmq-diagnostics", "-q", "ping"],
        command: &[],
    },
];

/// Who the app is to a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Role and database have one name.
    pub name: String,
}

impl Account {
    /// A name that every database takes without quotes.
    pub fn of(app: &str) -> Self {
        Self { name: app.replace('-', "_").chars().take(32).collect() }
    }
}

/// What a server brings into the manifest.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// Its service.
    pub service: Service,
    /// Its volume.
    pub volume: Option<Volume>,
    /// Its secrets.
    pub secrets: Vec<Secret>,
}

impl Server {
    /// The server of an add-on.
    pub fn of(addon: &str) -> Option<&'static Self> {
        SERVERS.iter().find(|server| server.addon == addon)
    }

    /// Variable that carries the password, where the server has one.
    pub const fn password(&self) -> Option<&'static str> {
        match self.addon.as_bytes() {
            b"postgres" => Some("POSTGRES_PASSWORD"),
            b"mysql" => Some("MARIADB_PASSWORD"),
            b"mongodb" => Some("MONGO_INITDB_ROOT_PASSWORD"),
            _ => None,
        }
    }

    /// Address of the server, with `{PASSWORD}` for the secret's value.
    pub fn address(&self, account: &Account) -> String {
        let Self { scheme, service, port, .. } = self;
        let name = &account.name;
        match self.password() {
            Some(password) if self.addon == "mongodb" => {
                format!("{scheme}://{name}:{{{password}}}@{service}:{port}/{name}?authSource=admin")
            }
            Some(password) => format!("{scheme}://{name}:{{{password}}}@{service}:{port}/{name}"),
            None if matches!(self.addon, "memcached") => format!("{service}:{port}"),
            None if self.addon == "redis" => format!("{scheme}://{service}:{port}/0"),
            None => format!("{scheme}://{service}:{port}"),
        }
    }

    /// Service, volume and secrets. `is_kept` says whether losing what it holds loses work.
    pub fn parts(&self, account: &Account, is_kept: bool, why: &str) -> Parts {
        let volume = self.data.filter(|_| is_kept).map(|path| Volume {
            name: if self.service == "db" { "database".into() } else { format!("{}-data", self.service) },
            service: self.service.into(),
            path: path.into(),
            is_durable: self.hooks.is_some(),
            by_hooks: self.hooks.is_some(),
            why: match self.hooks {
                Some(_) => String::new(),
                None => "it outlives a container and is in no backup: civic has no hooks for it".into(),
            },
        });
        let scratch = self.data.filter(|_| !is_kept);
        let service = Service {
            name: self.service.into(),
            why: why.into(),
            image: Some(self.image.into()),
            port: Some(self.port),
            env: self.environment(account),
            secrets: self.secrets().iter().map(|secret| secret.name.clone()).collect(),
            cpu: Some(if is_kept { 1.0 } else { 0.5 }),
            memory: Some(self.memory.into()),
            pids: Some(256),
            tmpfs: self.tmpfs.iter().copied().chain(scratch).map(str::to_owned).collect(),
            command: (is_kept && !self.command.is_empty())
                .then(|| self.command.iter().map(|word| (*word).to_owned()).collect()),
            grace_period: is_kept.then(|| "30s".into()),
            ready: Some(self.probe(account)),
            ..Service::default()
        };
        Parts { service, volume, secrets: self.secrets() }
    }

    fn probe(&self, account: &Account) -> Probe {
        if self.ready.is_empty() {
            return Probe { tcp: true, ..Probe::default() };
        }
        let fill = |word: &&str| word.replace("{user}", &account.name).replace("{database}", &account.name);
        Probe { exec: Some(self.ready.iter().map(fill).collect()), ..Probe::default() }
    }

    fn environment(&self, account: &Account) -> Vec<Variable> {
        let names: &[&str] = match self.addon {
            "postgres" => &["POSTGRES_USER", "POSTGRES_DB"],
            "mysql" => &["MARIADB_USER", "MARIADB_DATABASE"],
            "mongodb" => &["MONGO_INITDB_ROOT_USERNAME"],
            _ => &[],
        };
        let variable = |name: &&str| Variable {
            name: (*name).to_owned(),
            value: account.name.clone(),
            why: String::new(),
        };
        names.iter().map(variable).collect()
    }

    fn secrets(&self) -> Vec<Secret> {
        let secret = |name: &str, why: &str| Secret {
            name: name.to_owned(),
            value: SecretValue::Generate(24),
            why: why.to_owned(),
        };
        let mut secrets: Vec<Secret> = self.password().map(|name| secret(name, "")).into_iter().collect();
        if self.addon == "mysql" {
            secrets.push(secret("MARIADB_ROOT_PASSWORD", "the image asks for one"));
        }
        secrets
    }
}

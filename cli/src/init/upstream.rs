//! Apps that are built elsewhere: an image's name in, a manifest out. Nothing is pulled or asked.

use civic_contract::manifest::to_name;
use civic_templates::Facts;
use civic_templates::draft::{
    App, Canary, Draft, Hook, Probe, Secret, SecretValue, Service, Variable, Volume,
};
use civic_templates::facts::{Note, Store};

use super::about::About;
use super::scaffold::Made;
use super::servers::{Account, Server};

/// What is known of an image, from its publisher's documentation.
struct Known {
    /// Last part of the image's name.
    name: &'static str,
    port: u16,
    health: Option<&'static str>,
    volumes: &'static [(&'static str, &'static str)],
    database: Option<&'static str>,
    env: &'static [(&'static str, &'static str)],
    secrets: &'static [(&'static str, &'static str)],
}

/// `{address}`, `{host}`, `{name}` and `{password}` are the database's.
const KNOWN: [Known; 5] = [
    Known {
        name: "mattermost-team-edition",
        port: 8065,
        health: Some("/api/v4/system/ping"),
        volumes: &[
            ("data", "/mattermost/data"),
            ("config", "/mattermost/config"),
            ("plugins", "/mattermost/plugins"),
        ],
        database: Some("postgres"),
        env: &[
            ("MM_SQLSETTINGS_DRIVERNAME", "postgres"),
            ("MM_SERVICESETTINGS_SITEURL", "http://localhost:8065"),
        ],
        secrets: &[(
            "MM_SQLSETTINGS_DATASOURCE",
            "postgres://{name}:{password}@{host}/{name}?sslmode=disable",
        )],
    },
    Known {
        name: "server", // vaultwarden/server
        port: 80,
        health: Some("/alive"),
        volumes: &[("data", "/data")],
        database: None,
        env: &[],
        secrets: &[],
    },
    Known {
        name: "nextcloud",
        port: 80,
        health: Some("/status.php"),
        volumes: &[("html", "/var/www/html")],
        database: Some("postgres"),
        env: &[("POSTGRES_HOST", "db"), ("POSTGRES_DB", "{name}"), ("POSTGRES_USER", "{name}")],
        secrets: &[],
    },
    Known {
        name: "wordpress",
        port: 80,
        health: None,
        volumes: &[("html", "/var/www/html")],
        database: Some("mysql"),
        env: &[("WORDPRESS_DB_HOST", "db"), ("WORDPRESS_DB_NAME", "{name}"), ("WORDPRESS_DB_USER", "{name}")],
        secrets: &[("WORDPRESS_DB_PASSWORD", "{password}")],
    },
    Known {
        name: "odoo",
        port: 8069,
        health: Some("/web/health"),
        volumes: &[("data", "/var/lib/odoo"), ("addons", "/mnt/extra-addons")],
        database: Some("postgres"),
        env: &[("HOST", "db"), ("USER", "{name}")],
        secrets: &[("PASSWORD", "{password}")],
    },
];

/// A manifest for an image; what is not known is a note.
pub fn make(image: &str, about: &About) -> Made {
    let last = image.rsplit('/').next().unwrap_or(image);
    let name = last.split([':', '@']).next().unwrap_or(last);
    let is_vaultwarden = image.contains("vaultwarden/");
    let known = KNOWN.iter().find(|known| known.name == name && (name != "server" || is_vaultwarden));
    let title = if is_vaultwarden { "vaultwarden" } else { name };
    let app_name = to_name(title).unwrap_or_else(|| about.name.clone());
    let mut made = Made { detection: None, draft: Draft::default(), facts: Facts::default() };
    made.draft.app = App {
        name: app_name.clone(),
        title: title.into(),
        summary: format!("{title}, run from its publisher's image"),
        case: 0,
        maintainers: vec![format!(
            "{} team <{}>",
            about.title,
            about.repository.as_deref().unwrap_or("https://example.org")
        )],
        licence: "NOASSERTION".into(),
    };
    made.facts.title = title.into();
    made.facts.civic_version = env!("CARGO_PKG_VERSION").into();
    web(&mut made, image, known);
    if let Some(server) = known.and_then(|known| known.database).and_then(Server::of) {
        database(&mut made, server, &Account::of(&app_name), known.map_or(&[], |known| known.secrets));
    }
    canary(&mut made, &Account::of(&app_name));
    made.draft.missing = vec![
        "a [canary] of kind \"app\": one route that writes a record and one that lists them (docs/manifest.md)".into(),
    ];
    made
}

fn web(made: &mut Made, image: &str, known: Option<&Known>) {
    let account = Account::of(&made.draft.app.name);
    let is_pinned = image.contains("@sha256:");
    if !is_pinned {
        let text = format!("{image} may be another image tomorrow: add its digest, NAME:TAG@sha256:…");
        made.facts.notes.push(Note { text, place: String::new() });
    }
    if known.is_none() {
        let text = "civic does not know this image: check its port, and name each folder that it keeps data in with a [volumes.…].";
        made.facts.notes.push(Note { text: text.into(), place: String::new() });
    }
    let port = known.map_or(8080, |known| known.port);
    let health = known.and_then(|known| known.health);
    let env = known.map_or(&[][..], |known| known.env).iter().map(|(name, value)| Variable {
        name: (*name).into(),
        value: value.replace("{name}", &account.name),
        why: String::new(),
    });
    made.draft.services.push(Service {
        name: "web".into(),
        image: Some(image.into()),
        port: Some(port),
        env: env.collect(),
        cpu: Some(1.0),
        memory: Some("1GiB".into()),
        pids: Some(512),
        tmpfs: vec!["/tmp".into()],
        ready: Some(Probe { http: health.map(str::to_owned), tcp: health.is_none(), ..Probe::default() }),
        ..Service::default()
    });
    let volumes = known.map_or(&[][..], |known| known.volumes);
    made.draft.volumes.extend(volumes.iter().map(|(name, path)| Volume {
        name: (*name).into(),
        service: "web".into(),
        path: (*path).into(),
        is_durable: true,
        by_hooks: false,
        why: "as the image's publisher documents it".into(),
    }));
}

fn database(made: &mut Made, server: &'static Server, account: &Account, secrets: &[(&str, &str)]) {
    let password = server.password().unwrap_or_default();
    let parts = server.parts(account, true, "");
    for (name, template) in secrets {
        let text = template
            .replace("{name}", &account.name)
            .replace("{host}", &format!("{}:{}", server.service, server.port))
            .replace("{password}", &format!("{{{password}}}"));
        made.draft.secrets.push(Secret {
            name: (*name).into(),
            value: SecretValue::Template(text),
            why: String::new(),
        });
    }
    if let Some(web) = made.draft.services.first_mut() {
        web.depends_on.push(server.service.into());
        web.secrets.extend(secrets.iter().map(|(name, _)| (*name).to_owned()));
        if secrets.is_empty() {
            web.secrets.push(password.into());
        }
    }
    made.draft.services.push(parts.service);
    made.draft.volumes.extend(parts.volume);
    made.draft.secrets.extend(parts.secrets);
    if let Some(kind) = server.hooks {
        made.facts.stores.insert(server.service.into(), vec![Store { kind: kind.into(), paths: Vec::new() }]);
        made.draft.hooks.push(Hook { service: server.service.into(), store: kind.into() });
    }
}

fn canary(made: &mut Made, account: &Account) {
    let database = made.draft.hooks.first().map(|hook| hook.store.clone());
    let volume = made.draft.volumes.iter().find(|volume| !volume.by_hooks);
    made.draft.canary = Some(match (database, volume) {
        (Some(engine), _) => Canary::Database {
            service: "db".into(),
            user: Some(account.name.clone()),
            database: account.name.clone(),
            password: (engine == "mysql").then(|| "MARIADB_PASSWORD".into()),
            engine,
        },
        (None, Some(volume)) => Canary::Volume { volume: volume.name.clone() },
        (None, None) => {
            Canary::Page { service: "web".into(), path: "/".into(), expect: made.draft.app.title.clone() }
        }
    });
}

//! Images that keep state, and where. Folders are those of the images' own Dockerfiles.

use std::collections::BTreeMap;

use crate::check::image::Reference;

/// A kind of store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Store {
    /// Its name for people.
    pub title: &'static str,
    /// Last parts of the images' names.
    names: &'static [&'static str],
    /// Where the image keeps its data, if every version agrees.
    pub default_folder: Option<&'static str>,
    /// The image declares a VOLUME there, so that a volume above it does not hold the data.
    pub has_own_volume: bool,
    /// Variables that move the data.
    moved_by: &'static [&'static str],
    /// Names of the server; anything else that is started is no store.
    servers: &'static [&'static str],
}

const POSTGRES: &str = "PostgreSQL database";
/// Where PostgreSQL images before version 18 keep their data.
const POSTGRES_FOLDER: &str = "/var/lib/postgresql/data";
/// Where later ones do.
const POSTGRES_FOLDER_18: &str = "/var/lib/postgresql";

const fn store(
    title: &'static str,
    names: &'static [&'static str],
    folder: &'static str,
    servers: &'static [&'static str],
) -> Store {
    Store { title, names, default_folder: Some(folder), has_own_volume: true, moved_by: &[], servers }
}

const STORES: &[Store] = &[
    Store {
        moved_by: &["PGDATA"],
        ..store(POSTGRES, &["postgres", "postgis", "timescaledb", "pgvector"], POSTGRES_FOLDER, &["postgres"])
    },
    Store {
        default_folder: None,
        ..store(POSTGRES, &["postgresql", "timescaledb-ha", "spilo"], "", &["postgres"])
    },
    store(
        "MySQL database",
        &["mysql", "mysql-server", "percona", "percona-server"],
        "/var/lib/mysql",
        &["mysqld"],
    ),
    store("MariaDB database", &["mariadb"], "/var/lib/mysql", &["mariadbd", "mysqld"]),
    store("MongoDB database", &["mongo"], "/data/db", &["mongod"]),
    Store {
        default_folder: None,
        ..store("MongoDB database", &["mongodb", "mongodb-community-server"], "", &["mongod"])
    },
    store(
        "Redis store",
        &["redis", "redis-stack", "redis-stack-server"],
        "/data",
        &["redis-server", "redis-stack-server"],
    ),
    store("Valkey store", &["valkey"], "/data", &["valkey-server"]),
    store("KeyDB store", &["keydb", "dragonfly"], "/data", &["keydb-server", "dragonfly"]),
    Store { default_folder: None, ..store("MinIO object store", &["minio"], "", &["server", "minio"]) },
    store("CouchDB database", &["couchdb"], "/opt/couchdb/data", &["couchdb"]),
    Store {
        has_own_volume: false,
        ..store(
            "Elasticsearch index",
            &["elasticsearch"],
            "/usr/share/elasticsearch/data",
            &["elasticsearch", "eswrapper"],
        )
    },
    Store {
        has_own_volume: false,
        ..store(
            "OpenSearch index",
            &["opensearch"],
            "/usr/share/opensearch/data",
            &["opensearch", "opensearch-docker-entrypoint.sh"],
        )
    },
    store("Solr index", &["solr"], "/var/solr", &["solr", "solr-foreground", "solr-precreate"]),
    store("Cassandra database", &["cassandra"], "/var/lib/cassandra", &["cassandra"]),
    Store {
        default_folder: None,
        ..store("InfluxDB database", &["influxdb"], "", &["influxd", "influxdb3"])
    },
    store("RabbitMQ broker", &["rabbitmq"], "/var/lib/rabbitmq", &["rabbitmq-server"]),
    store("Neo4j database", &["neo4j"], "/data", &["neo4j"]),
    store(
        "ClickHouse database",
        &["clickhouse", "clickhouse-server"],
        "/var/lib/clickhouse",
        &["clickhouse-server"],
    ),
    Store {
        has_own_volume: false,
        ..store("Meilisearch index", &["meilisearch"], "/meili_data", &["meilisearch"])
    },
    Store { default_folder: None, ..store("etcd store", &["etcd"], "", &["etcd"]) },
    store("container registry", &["registry"], "/var/lib/registry", &["registry"]),
];

impl Store {
    /// The store that an image is, by its name.
    pub fn of(image: &Reference) -> Option<Self> {
        STORES.iter().find(|store| store.names.contains(&image.name())).copied()
    }

    /// Where this version of the image keeps its data, if that is sure.
    pub fn folder(&self, image: &Reference) -> Option<&'static str> {
        let folder = self.default_folder?;
        if folder != POSTGRES_FOLDER {
            return Some(folder);
        }
        // Only for these do tags begin with PostgreSQL's own version.
        match image.major().filter(|_| matches!(image.name(), "postgres" | "postgis"))? {
            18.. => Some(POSTGRES_FOLDER_18),
            9..18 => Some(POSTGRES_FOLDER),
            _ => None,
        }
    }

    /// Whether the environment moves its data.
    pub fn is_moved(&self, env: &BTreeMap<String, String>) -> bool {
        self.moved_by.iter().any(|name| env.contains_key(*name))
    }

    /// Whether a program is the server, its entrypoint or options for it.
    pub fn is_server(&self, program: &str) -> bool {
        let name = program.rsplit('/').next().unwrap_or(program);
        self.servers.contains(&name)
            || name.starts_with('-')
            || name.contains("entrypoint")
            || matches!(name, "tini" | "dumb-init" | "run.sh")
    }
}

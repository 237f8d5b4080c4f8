//! Made-up records that the app acknowledges and must give back.

mod app;
mod database;
mod mint;
mod page;
mod volume;

use std::sync::Arc;
use std::time::Duration;

use civic_contract::manifest::{Canary, Manifest};

use crate::access::Access;
use crate::secrets::Secrets;

pub use mint::Mint;

/// Limit of an operation on the suite's own table or file.
const OWN_LIMIT: Duration = Duration::from_secs(10);

/// A canary: number and nonce.
pub type Record = (u32, String);

/// How a write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// The app says it is durable.
    Acknowledged,
    /// The app says it is not, or was never asked.
    Failed(String),
    /// Nobody knows.
    Unknown(String),
}

/// Writes canaries into a sandbox and reads them back, the way the manifest says. Cheap to clone.
#[derive(Clone)]
pub struct Canaries {
    manifest: Arc<Manifest>,
    secrets: Arc<Secrets>,
    access: Access,
}

impl Canaries {
    /// Canaries of one sandbox.
    pub fn new(manifest: Arc<Manifest>, secrets: Arc<Secrets>, access: Access) -> Self {
        Self { manifest, secrets, access }
    }

    /// Writes one canary and says how that ended, within the manifest's limit.
    pub async fn write(&self, record: &Record) -> Write {
        let late = || Write::Unknown(format!("no answer within {} ms", self.limit().as_millis()));
        let write = async {
            match &self.manifest.canary {
                Canary::App(canary) => app::write(&self.access, &self.secrets, canary, record).await,
                Canary::Database(database) => {
                    database::write(&self.access, &self.secrets, database, record).await
                }
                Canary::Volume { volume } => volume::write(&self.access, volume, record).await,
                Canary::Page(page) => page::write(&self.access, page, self.limit()).await,
            }
        };
        tokio::time::timeout(self.limit(), write).await.unwrap_or_else(|_| late())
    }

    /// Reads all canaries the app knows, within `limit` or the manifest's own, whichever is shorter; none where the
    /// canary is a page, which came as expected then.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn read(&self, limit: Option<Duration>) -> Result<Vec<Record>, String> {
        let limit = limit.unwrap_or(Duration::MAX).min(self.limit());
        let read = async {
            match &self.manifest.canary {
                Canary::App(canary) => app::read(&self.access, &self.secrets, canary).await,
                Canary::Database(database) => database::read(&self.access, &self.secrets, database).await,
                Canary::Volume { volume } => volume::read(&self.access, volume).await,
                Canary::Page(page) => page::read(&self.access, page, limit).await.map(|()| Vec::new()),
            }
        };
        let late = || Err(format!("no answer within {} ms", limit.as_millis()));
        let mut records = tokio::time::timeout(limit, read).await.unwrap_or_else(|_| late())?;
        records.sort();
        Ok(records)
    }

    /// How long one operation may take.
    pub fn limit(&self) -> Duration {
        match &self.manifest.canary {
            Canary::App(canary) => canary.timeout,
            Canary::Database(_) | Canary::Volume { .. } | Canary::Page(_) => OWN_LIMIT,
        }
    }
}

/// `id nonce`, one a line, as the suite's own operations print them.
fn parse_lines(text: &str) -> Result<Vec<Record>, String> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (id, nonce) = line.trim().split_once([' ', '|', '\t']).ok_or("a line is no `id nonce`")?;
            let id = id
                .parse()
                .map_err(|_| format!("`{}` is no number", id.chars().take(20).collect::<String>()))?;
            Ok((id, nonce.trim().to_owned()))
        })
        .collect()
}

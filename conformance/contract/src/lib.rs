//! Everything that `civic` writes to disk or reads back from it: the manifest (`civic.toml`), the
//! journal, verdicts and the certificate. Pure values: no process, no network, no clock.

pub mod catalogue;
pub mod certificate;
pub mod exit;
pub mod journal;
pub mod lock;
pub mod manifest;
pub mod verdict;

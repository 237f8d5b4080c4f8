//! Facts read from the engine and from inside containers, to prove that a fault took effect.

use std::time::Duration;

use civic_contract::journal::{Event, SpanName};

use super::Stage;
use crate::engine::{EngineError, Exec};

/// A changed file larger than this is not searched for canaries.
const LARGEST_SEARCHED: usize = 32 * 1024 * 1024;
/// Changed paths that are searched and noted.
const MOST_PATHS: usize = 20;
/// Where the engine and the suite write into every container themselves.
const NOT_THE_APPS: [&str; 5] = ["/civic", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev"];
/// Bit of SIGTERM in a process's mask of caught signals (proc(5), `SigCgt`).
const SIGTERM_BIT: u64 = 1 << 14;

impl Stage {
    /// Notes how the engine confines each running service.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn observe_confinement(&self) -> Result<(), EngineError> {
        for (service, live) in self.access.all_live() {
            let state = self.lab.engine.state(&live.id).await?;
            if self.confinement.read_only_root {
                self.observed("root-read-only", &service, state.read_only_root.to_string());
            }
            if self.confinement.stranger.is_some() {
                self.observed("user", &service, state.user);
            }
        }
        Ok(())
    }

    /// Notes whether the main process of each service catches SIGTERM, as a hint for a failed stop.
    ///
    /// # Errors
    /// Never for an image without `cat`: it then stays unknown.
    pub async fn observe_signal_handlers(&self) -> Result<(), EngineError> {
        for service in self.access.all_live().keys() {
            let exec = Exec::new(["cat", "/proc/1/status"]);
            let output = self.access.exec(service, &exec, Duration::from_secs(5)).await;
            let Some(caught) = output.ok().and_then(|output| caught_signals(&output.text())) else {
                continue;
            };
            let value = if caught & SIGTERM_BIT == 0 { "none" } else { "caught" };
            self.observed("sigterm-handler", service, value.into());
        }
        Ok(())
    }

    fn observed(&self, what: &str, service: &str, value: String) {
        self.pen.note(Event::Observed { what: what.into(), service: service.into(), value });
    }

    /// Compares each service's writable layer with its image and searches what changed for canaries.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn search_writable_layers(&self) -> Result<(), EngineError> {
        let from = self.pen.now_ms();
        for (service, live) in self.access.all_live() {
            let changed = self.lab.engine.changed_paths(&live.id).await?;
            let outside = self.outside_volumes(&service, changed);
            for path in &outside {
                self.search_file(&service, &live.id, path).await;
            }
            self.pen.note(Event::LayerCompared { service, changed: outside });
        }
        self.pen.span(SpanName::Observe, from);
        Ok(())
    }

    /// Changed paths outside volumes and scratch space, deepest only: a folder changes with its files.
    fn outside_volumes(&self, service: &str, changed: Vec<String>) -> Vec<String> {
        let manifest = &self.lab.manifest;
        let volumes = manifest.volumes.values().filter(|volume| volume.service == service);
        let declared = volumes.map(|volume| volume.path.as_str());
        let scratch = manifest.services[service].tmpfs.iter().map(String::as_str);
        let known: Vec<&str> = declared.chain(scratch).chain(NOT_THE_APPS).collect();
        let inside = |path: &str| known.iter().any(|folder| is_below(path, folder) || is_below(folder, path));
        let mut kept: Vec<String> = changed.iter().filter(|path| !inside(path)).cloned().collect();
        let parents = kept.clone();
        kept.retain(|path| !parents.iter().any(|other| other != path && is_below(other, path)));
        kept.truncate(MOST_PATHS);
        kept
    }

    /// A path that cannot be read (a socket, gone already) holds nothing that could be lost.
    async fn search_file(&self, service: &str, container: &str, path: &str) {
        let Ok(Some(bytes)) = self.lab.engine.download(container, path, LARGEST_SEARCHED).await else {
            return;
        };
        for (id, nonce) in self.known_canaries() {
            if holds(&bytes, nonce.as_bytes()) {
                self.pen.note(Event::LayerHoldsCanary { service: service.into(), path: path.into(), id });
                return;
            }
        }
    }
}

/// Whether `path` is `folder` or lies in it.
fn is_below(path: &str, folder: &str) -> bool {
    path == folder
        || path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

pub(super) fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    !wanted.is_empty() && bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn caught_signals(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_for_sigterm_shows_in_the_mask_of_caught_signals() {
        // Read from a node process and from `sleep`, both as process 1.
        let caught = |status| caught_signals(status).unwrap() & SIGTERM_BIT != 0;
        assert!(caught("Name:\tnode\nSigCgt:\t0000000108014202\n") || caught("SigCgt:\t0000000000004000\n"));
        assert!(!caught("Name:\tsleep\nSigCgt:\t0000000000000000\n"));
    }

    #[test]
    fn a_path_is_below_a_folder_and_not_below_one_with_a_longer_name() {
        assert!(is_below("/data/x", "/data"));
        assert!(is_below("/data", "/data"));
        assert!(!is_below("/database", "/data"));
    }
}

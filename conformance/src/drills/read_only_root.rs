//! `read-only-root`: no writes outside declared volumes and declared scratch space.

use civic_contract::journal::Event;
use civic_contract::verdict::{Finding, Outcome, Verdict};
use futures_util::future::BoxFuture;

use super::Drill;
use crate::engine::{Confinement, EngineError};
use crate::judge::{Advice, Bench, Case};
use crate::stage::Stage;

/// Runs the app on a read-only root file system.
pub struct ReadOnlyRoot;

const DONE: &str = "docker run --read-only …";
const ADVICE: Advice = Advice {
    cause: "The app writes next to its program: a log, a cache, a process id, or worse, its data.",
    fix: "Log to stdout. Put data into a declared volume, and scratch files into a path listed in the service's \
          `tmpfs`.",
};
const CANARIES: usize = 5;

impl Drill for ReadOnlyRoot {
    fn id(&self) -> &'static str {
        "read-only-root"
    }

    fn perform<'a>(&'a self, stage: &'a mut Stage) -> BoxFuture<'a, Result<(), EngineError>> {
        Box::pin(async {
            stage.confine(Confinement { read_only_root: true, stranger: None });
            stage.note_harm("root-read-only", DONE.into());
            if stage.boot().await? {
                stage.observe_confinement().await?;
                stage.write(CANARIES).await;
                stage.read("on a read-only root").await;
            }
            Ok(())
        })
    }

    fn judge(&self, case: &Case<'_>) -> Verdict {
        let mut bench = match Bench::open_with_canaries(case) {
            Ok(bench) => bench,
            Err(verdict) => return verdict,
        };
        bench.measured().rto_ms = None; // a confinement is no outage
        bench.demand_readiness(DONE, ADVICE);
        bench.demand_writes(DONE, ADVICE);
        bench.demand_canaries(DONE, None, ADVICE);
        blame_data_in_layer(&mut bench, case);
        let writable = case.own().any(|entry| {
            matches!(&entry.event, Event::Observed { what, value, .. } if what == "root-read-only" && value == "false")
        });
        let observed = case
            .own()
            .any(|entry| matches!(&entry.event, Event::Observed { what, .. } if what == "root-read-only"));
        if writable {
            bench.doubt("The engine did not make the root file system read-only.");
        }
        bench.demand_substance();
        if !observed {
            bench.doubt("Nobody saw a read-only root.");
        }
        bench.close_as(
            "Runs, writes and reads on a read-only root; no canary lies outside the declared volumes.",
            "Runs and serves its page on a read-only root. civic.toml declares no data, so none was looked for.",
        )
    }
}

/// On a normally writable root, data may go to the wrong place without any error: the baseline was searched.
fn blame_data_in_layer(bench: &mut Bench<'_>, case: &Case<'_>) {
    for entry in case.shared() {
        let Event::LayerHoldsCanary { service, path, id } = &entry.event else { continue };
        let finding = Finding {
            done: format!("docker diff <container of {service}>"),
            expected: "Canaries are in declared volumes only.".into(),
            seen: format!("{path} in service {service} holds a canary, and no volume is mounted there."),
            canaries: vec![format!("{id:07}")],
            cause: "The app keeps data in its container, which is thrown away with every update.".into(),
            fix: format!("Declare a durable volume in civic.toml whose path contains {path}."),
            ..Finding::default()
        };
        bench.blame(
            Outcome::Fail,
            format!("Data lies outside the declared volumes: {path} in service {service}."),
            finding,
        );
    }
}

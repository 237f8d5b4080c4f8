//! `soft-stop`: SIGTERM with the declared grace, under load.

use civic_contract::journal::Event;
use civic_contract::verdict::{Finding, Outcome, Verdict};
use futures_util::future::BoxFuture;

use super::Drill;
use crate::engine::EngineError;
use crate::judge::{Advice, Bench, Case};
use crate::stage::Stage;

/// Asks the app to stop while it is working.
pub struct SoftStop;

const DONE: &str = "docker stop --time <grace_period> <containers>";
const WRITERS: usize = 3;
const WARM_UP: usize = 10;
const ADVICE: Advice = Advice {
    cause: "Work that was acknowledged was still in memory when the app stopped.",
    fix: "Acknowledge only what is committed. On SIGTERM stop accepting, finish what is under way, close the store.",
};
const DEAF: Advice = Advice {
    cause: "Process 1 of a container gets no default signal handlers, so a program without a SIGTERM handler, or one \
            below a shell, never hears the signal.",
    fix: "Handle SIGTERM, start the program in exec form (`CMD [\"node\", \"server.js\"]`, no shell), or set \
          `init = true` for the service.",
};

impl Drill for SoftStop {
    fn id(&self) -> &'static str {
        "soft-stop"
    }

    fn perform<'a>(&'a self, stage: &'a mut Stage) -> BoxFuture<'a, Result<(), EngineError>> {
        Box::pin(async {
            if !stage.boot().await? {
                return Ok(());
            }
            stage.observe_signal_handlers().await?;
            let mut load = stage.load(WRITERS);
            load.wait_for(WARM_UP, stage.load_limit()).await;
            stage.stop().await?;
            load.stop().await;
            if stage.replace().await? {
                stage.read("after a soft stop").await;
            }
            Ok(())
        })
    }

    fn judge(&self, case: &Case<'_>) -> Verdict {
        let mut bench = match Bench::open_with_canaries(case) {
            Ok(bench) => bench,
            Err(verdict) => return verdict,
        };
        let mut stopped = 0;
        for entry in case.own() {
            let Event::Exited { service, code, by_suite: true, .. } = &entry.event else { continue };
            stopped += 1;
            if *code == 137 {
                let deaf = case.own().any(|entry| {
                    matches!(&entry.event, Event::Observed { what, service: of, value }
                        if what == "sigterm-handler" && of == service && value == "none")
                });
                let diagnosis = if deaf { " Its process 1 has no handler for SIGTERM." } else { "" };
                let finding = Finding {
                    done: DONE.into(),
                    expected: format!("Service {service} ends by itself within its grace period."),
                    seen: format!(
                        "It was still running then and had to be killed (exit code 137).{diagnosis}"
                    ),
                    logs: case.last_log(),
                    cause: DEAF.cause.into(),
                    fix: DEAF.fix.into(),
                    ..Finding::default()
                };
                let headline = format!("Service {service} did not stop when asked and had to be killed.");
                bench.blame(Outcome::Fail, headline, finding);
            }
        }
        bench.demand_readiness(DONE, ADVICE);
        bench.demand_canaries(DONE, None, ADVICE);
        bench.demand_substance();
        if stopped == 0 {
            bench.doubt("Nobody saw the app stop.");
        }
        bench.close_as(
            "Stopped when asked, and lost nothing it had acknowledged.",
            "Stopped when asked, and served its page again. civic.toml declares no data, so none was at risk.",
        )
    }
}

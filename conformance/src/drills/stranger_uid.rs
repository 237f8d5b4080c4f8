//! `stranger-uid`: a random high user id, group 0, no passwd entry, no HOME, no capability.

use civic_contract::journal::Event;
use civic_contract::verdict::Verdict;
use futures_util::future::BoxFuture;

use super::{Drill, Ground};
use crate::engine::{Confinement, EngineError};
use crate::judge::{Advice, Bench, Case};
use crate::stage::Stage;

/// Runs the services that the project builds as a user that no image knows.
pub struct StrangerUid;

const DONE: &str =
    "docker run --user 1234567890:0 --cap-drop ALL --security-opt no-new-privileges --env HOME= …";
const ADVICE: Advice = Advice {
    cause: "The image assumes one user: files that only that user may write, a chown at start, or a look-up of the \
            user's name or home.",
    fix: "In the Dockerfile, give writable paths to group 0 (`chgrp -R 0 /data && chmod -R g=u /data`), never chown \
          at start, and do not ask the system for a user name or HOME.",
};
const CANARIES: usize = 5;

impl Drill for StrangerUid {
    fn id(&self) -> &'static str {
        "stranger-uid"
    }

    fn ground(&self) -> Ground {
        Ground::Empty
    }

    fn perform<'a>(&'a self, stage: &'a mut Stage) -> BoxFuture<'a, Result<(), EngineError>> {
        Box::pin(async {
            if stage.built_services().is_empty() {
                let reason = "no service is built by the project".to_owned();
                stage.note(Event::NotApplicable { phase: "stranger-uid".into(), reason });
                return Ok(());
            }
            let stranger = format!("{}:0", stage.stranger_uid());
            let command = DONE.replace("1234567890:0", &stranger);
            stage.confine(Confinement { read_only_root: false, stranger: Some(stranger) });
            stage.note_harm("stranger-uid", command);
            if stage.boot().await? {
                stage.observe_confinement().await?;
                stage.write(CANARIES).await;
                stage.read("as a stranger").await;
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
        if case.own().any(|entry| matches!(entry.event, Event::NotApplicable { .. })) {
            bench.doubt(
                "The project builds no image of its own, and upstream images keep their user: declare an exemption \
                 with this reason.",
            );
            return bench.close("");
        }
        bench.demand_readiness(DONE, ADVICE);
        bench.demand_writes(DONE, ADVICE);
        bench.demand_canaries(DONE, None, ADVICE);
        bench.demand_substance();
        let stranger = case.own().any(|entry| {
            matches!(&entry.event, Event::Observed { what, value, .. } if what == "user" && value.ends_with(":0"))
        });
        if !stranger {
            bench.doubt("Nobody saw the app run as a stranger.");
        }
        bench.close("Runs as an unknown user without any privilege.")
    }
}

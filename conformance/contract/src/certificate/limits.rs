//! What a run does not prove, said as plainly as what it does.

use crate::journal::{ImageReady, RunStarted};
use crate::manifest::PAGE;

const CACHE: &str = "A killed process keeps what it had handed to the kernel (SIGKILL keeps the page cache). \
    So a crash of the app is proven, a power cut is not.";
const SAMPLE: &str =
    "Faults hit at a few moments, drawn from the seed. A fault at another moment was not tried.";
const CANARIES: &str = "Only canaries were asked for again. Data of another kind, on another route of the app, \
    was not looked at.";
const NO_DATA: &str = "No data was at risk: the canary was one page, which the app serves from its image. Other pages were not \
    looked at. That the app keeps nothing of value elsewhere (in memory, in scratch space, with another service) is the \
    word of its team, and is not proven.";
const RECOVERY: &str = "The suite itself started the replacements, from the image digests named here. It is not proven \
    that a brigade's own platform does so in the same way.";
const RECENT: &str =
    "Snapshots were minutes old and taken by this release. Older snapshots were not restored.";
const CLAIM: &str = "Whoever ran this wrote it down. The journal can be judged again with `civic verify --rejudge`; \
    that it was recorded honestly, it cannot prove by itself.";

/// Lists what a run does not prove, each in one or two sentences.
pub fn limits(start: &RunStarted, images: &[ImageReady]) -> Vec<String> {
    let mut limits = vec![node(&start.node)];
    limits.extend([CACHE, SAMPLE].map(Into::into));
    match start.canary.as_str() {
        PAGE => limits.push(NO_DATA.into()),
        kind => {
            limits.push(CANARIES.into());
            limits.extend(past_the_app(kind));
        }
    }
    limits.extend(stand_ins(images));
    limits.extend([RECOVERY, RECENT, CLAIM].map(Into::into));
    limits
}

fn node(kind: &str) -> String {
    match kind {
        "logical" => {
            "A node was a logical one: its containers, volumes and network on one engine. All nodes shared \
            one kernel and one disk, so the loss of a whole machine was not tried."
                .into()
        }
        "nested" => {
            "A node was an engine of its own inside a container. All nodes shared one kernel and one disk."
                .into()
        }
        other => format!("A node was of the kind `{other}`, of which this version of civic knows nothing."),
    }
}

fn past_the_app(canary: &str) -> Option<String> {
    (canary != "app").then(|| {
        format!(
            "The canaries are of the kind `{canary}` and do not go through the app. That the app itself keeps what \
             it acknowledges is not proven."
        )
    })
}

fn stand_ins(images: &[ImageReady]) -> Option<String> {
    let images: Vec<String> = images
        .iter()
        .filter(|image| !image.stand_ins.is_empty())
        .map(|image| format!("{} on {}", image.service, image.stand_ins.join(", ")))
        .collect();
    (!images.is_empty()).then(|| {
        let images = images.join("; ");
        format!("Stand-ins took the place of official images: {images}. With the official ones the app may behave otherwise.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(node: &str, canary: &str, stand_ins: &[&str]) -> String {
        let start = RunStarted { node: node.into(), canary: canary.into(), ..RunStarted::default() };
        let stand_ins = stand_ins.iter().map(|name| (*name).to_owned()).collect();
        let image = ImageReady { service: "web".into(), stand_ins, ..ImageReady::default() };
        limits(&start, &[image]).join("\n")
    }

    #[test]
    fn a_logical_node_is_told_with_the_rest() {
        insta::assert_snapshot!(told("logical", "app", &[]));
    }

    #[test]
    fn a_page_says_that_no_data_was_at_risk() {
        let told = told("logical", "page", &[]);
        assert!(told.contains("No data was at risk"), "{told}");
        assert!(!told.contains("canaries were asked for"), "{told}");
    }

    #[test]
    fn weak_canaries_and_stand_ins_are_told_too() {
        insta::assert_snapshot!(told(
            "nested",
            "volume",
            &["node:24-trixie-slim, made from Debian packages"]
        ));
    }
}

//! `user-not-root`: what runs as root in a container is root on the node when it breaks out.

use crate::check::dockerfile::{Instruction, Word};
use crate::check::finding::{Finding, Place, shown};
use crate::check::survey::{Built, Survey};

const FIX: &str = "End the Dockerfile with a number, such as `USER 1000:0`, and let group 0 write where the app must write.";

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    survey.built.iter().filter_map(of).collect()
}

fn of(built: &Built) -> Option<Finding> {
    let target = built.build.target.as_deref();
    let last = built.dockerfile.shipped(target).last()?.line;
    let mut users = built.steps().into_iter().filter_map(|step| match &step.does {
        Instruction::User(word) => Some((step.line, word)),
        _ => None,
    });
    let Some((line, word)) = users.next_back() else {
        return (!is_rootless(built.dockerfile.root_image(target))).then(|| no_user(&built.path, last));
    };
    of_user(&Place::new(&built.path, line), word)
}

fn no_user(path: &str, line: u32) -> Finding {
    let message = "No USER is named, so the app runs as the base image has it, mostly as root; the drill `stranger-uid` runs it as a user it has never seen.";
    Finding::advice(Place::new(path, line), message, FIX)
}

fn of_user(place: &Place, word: &Word) -> Option<Finding> {
    let user = word.value.as_deref()?.split(':').next()?;
    if user == "root" || user.parse() == Ok(0_u32) {
        let message = "The app runs as root; the drill `stranger-uid` runs it as a user it has never seen.";
        return Some(Finding::advice(place.clone(), message, FIX));
    }
    if user.parse::<u32>().is_ok() {
        return None;
    }
    let message = format!(
        "USER {} is a name: Kubernetes cannot see that it is not root, and refuses to start it.",
        shown(user)
    );
    Some(Finding::advice(place.clone(), message, "Write the user's number instead, such as `USER 1000:0`."))
}

/// Images whose own user is not root, by the names their makers give them.
fn is_rootless(image: Option<&Word>) -> bool {
    let name = image.and_then(|word| word.value.as_deref()).unwrap_or_default();
    ["nonroot", "rootless", "unprivileged", "cgr.dev/chainguard/"].iter().any(|part| name.contains(part))
}

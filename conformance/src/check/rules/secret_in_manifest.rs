//! `secret-in-manifest`: civic.toml is in the repository, and so is everything in it.

use civic_contract::manifest::{Secret, Service, Source};

use crate::check::finding::{Finding, Place, shown};
use crate::check::secret_words::{has_secret_shape, is_secret};
use crate::check::survey::Survey;

pub(super) fn find(survey: &Survey) -> Vec<Finding> {
    let services = survey.manifest.services.iter();
    let mut found: Vec<Finding> =
        services.flat_map(|(name, service)| of_service(survey, name, service)).collect();
    found.extend(survey.manifest.secrets.iter().filter_map(|(name, secret)| of_secret(survey, name, secret)));
    found
}

fn of_service(survey: &Survey, name: &str, service: &Service) -> Vec<Finding> {
    let secret = |(variable, value): &(&String, &String)| is_secret(variable, value);
    let env = service.env.iter().filter(secret).map(|(variable, value)| {
        let kind =
            if value.contains("://") { "template = \"…{PASSWORD}…\"" } else { "generate = \"hex\"" };
        let fix = format!(
            "Declare it under [secrets] as `{{ {kind} }}`, and list it in `secrets` of [services.{name}]."
        );
        written_out(survey.places.of_key(&["services", name, "env", variable]), variable, &fix)
    });
    let mut found: Vec<Finding> = env.collect();
    if let Source::Build(build) = &service.source {
        found.extend(build.args.iter().filter(secret).map(|(argument, _)| {
            let place = survey.places.of_key(&["services", name, "build_args", argument]);
            let message =
                format!("The build argument {} looks like a secret: it is in the repository and in the image's history.", shown(argument));
            Finding::error(place, message, "Build without it; a running service gets secrets by `secrets`.")
        }));
    }
    found
}

/// A value under `[secrets]` is one for tests; only what can be nothing else is called a secret.
fn of_secret(survey: &Survey, name: &str, secret: &Secret) -> Option<Finding> {
    let text = match secret {
        Secret::Template(text) | Secret::Value(text) => text,
        Secret::Generate { .. } => return None,
    };
    let fix = "Let the suite make one: `{ generate = \"hex\" }`, and `{NAME}` where a template needs it.";
    has_secret_shape(text).then(|| written_out(survey.places.of_key(&["secrets", name]), name, fix))
}

fn written_out(place: Place, name: &str, fix: &str) -> Finding {
    let message = format!(
        "{} looks like a secret that is written out: everybody who has the project knows it.",
        shown(name)
    );
    Finding::error(place, message, format!("{fix} If it is in use anywhere, change it there."))
}

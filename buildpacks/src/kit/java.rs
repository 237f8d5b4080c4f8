//! Java: the image that has Maven or Gradle, unless the project brings its own.

use super::plan::{BuildPlan, Context};
use super::start;

pub(crate) fn complete(context: &Context, plan: &mut BuildPlan) {
    let project = context.project;
    let manager = if plan.manager.as_deref() == Some("gradle") { "gradle" } else { "maven" };
    let (wrapper, program) = if manager == "gradle" { ("gradlew", "gradle") } else { ("mvnw", "mvn") };
    let line = plan.pin.as_ref().map(|pin| pin.version.clone()).unwrap_or_default();
    let has_wrapper = project.has(wrapper);
    // A wrapper fetches the tool in the version that the project names; the script may have lost its mode.
    let call = if has_wrapper { format!("sh ./{wrapper}") } else { program.to_owned() };
    if !has_wrapper {
        plan.image = context.kits.pins().tool(&format!("{manager}-{line}")).unwrap_or_default();
    }
    plan.build = Some(match manager {
        "gradle" => format!("{call} --no-daemon assemble"),
        _ => format!("{call} --batch-mode -DskipTests package"),
    });
    if has_wrapper {
        plan.traits.push("wrapper".into());
    }
    if plan.manifests.iter().filter(|path| path.ends_with("pom.xml")).count() == 1 && manager == "maven" {
        plan.traits.push("one-module".into());
    }
    plan.manager = Some(manager.to_owned());
    plan.start = start::argv(&with_jar(&context.command));
}

/// Whatever the jar is called in the build's folder, the image has it under one name.
fn with_jar(command: &str) -> String {
    let is_java = command.split_whitespace().any(|word| word == "java" || word.ends_with("/java"));
    if !is_java {
        return "java -jar /app/app.jar".into();
    }
    let word = |word: &str| if word.ends_with(".jar") { "/app/app.jar".to_owned() } else { word.to_owned() };
    command.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

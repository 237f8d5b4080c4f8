//! Ruby: Bundler's version, and what Rails needs while it makes its assets.

use super::plan::{BuildPlan, Context};

/// Programs that a start command may name although the Gemfile does not.
const SERVERS: [&str; 2] = ["puma", "rackup"];

pub(crate) fn complete(context: &Context, plan: &mut BuildPlan) {
    let project = context.project;
    let lock = project.text("Gemfile.lock").or_else(|| project.text("gems.locked")).unwrap_or_default();
    plan.manager_version = bundler(&lock);
    let has_gemfile = project.has("Gemfile") || project.has("gems.rb");
    if !has_gemfile {
        plan.manifests.clear();
        plan.manager = None;
    } else if project.text("Gemfile").is_some_and(|text| text.contains("gemspec") || text.contains("path:")) {
        plan.traits.push("install-needs-source".into());
    }
    let version = |tool: &str| context.recipe.tools.get(tool).cloned();
    for server in SERVERS.iter().filter(|server| context.command.starts_with(**server) && !has_gemfile) {
        plan.traits.extend(version(server).map(|version| format!("add-{server}:{version}")));
    }
    if plan.framework.as_deref() == Some("rails") {
        plan.build = plan.build.take().map(|build| format!("env {DUMMIES} {build}"));
    } else if plan.output.is_none() {
        plan.assets.clear();
    }
    if plan.output.is_some() {
        plan.assets.clear();
        plan.build = plan.build.take().map(|build| match has_gemfile {
            true if !build.starts_with("bundle exec ") => format!("bundle exec {build}"),
            _ => build,
        });
    }
}

/// Rails reads both when it starts, and assets need neither.
const DUMMIES: &str = "RAILS_ENV=production SECRET_KEY_BASE_DUMMY=1 DATABASE_URL=nulldb://none";

/// The Bundler that wrote the lock file. The first generation runs on no Ruby of today.
fn bundler(lock: &str) -> Option<String> {
    let mut lines = lock.lines().skip_while(|line| line.trim() != "BUNDLED WITH");
    let version = lines.nth(1)?.trim();
    let is_number = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_number && !version.is_empty() && !version.starts_with("1.")).then(|| version.to_owned())
}

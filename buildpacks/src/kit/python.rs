//! Python: which file lists the packages, which tool reads it, and whether every version is named.

use super::plan::{BuildPlan, Context, is_plain};
use super::project::Project;
use super::start;

/// Where the list of packages may be, the best first.
const REQUIREMENTS: [&str; 7] = [
    "requirements.txt",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements/base.txt",
    "requirements/requirements.txt",
    "requirements-prod.txt",
    "requirements.in",
];
/// Lists that are in other lists.
const MOST_LISTS: usize = 12;
/// Servers that a start command may name although the project does not.
const SERVERS: [&str; 3] = ["gunicorn", "uvicorn", "waitress"];

pub(crate) fn complete(context: &Context, plan: &mut BuildPlan) {
    let project = context.project;
    let manager = match plan.manager.as_deref() {
        Some("poetry" | "pipenv" | "uv") if plan.manager.is_some() => {
            plan.manager.clone().unwrap_or_default()
        }
        _ => "pip".to_owned(),
    };
    match manager.as_str() {
        "pip" => pip(project, plan),
        _ => {
            plan.manager_version = tool_version(context, &manager);
            let names = ["pyproject.toml", "poetry.lock", "Pipfile", "Pipfile.lock", "uv.lock", "README.md"];
            let is_read = |name: &&&str| project.has(name) && (**name != "README.md" || manager != "pipenv");
            plan.manifests = names.iter().filter(is_read).map(|name| (*name).to_owned()).collect();
            plan.is_locked = plan.manifests.iter().any(|name| name.ends_with(".lock"));
            let is_package = project.manifest("pyproject.toml").is_some() && project.any("src/*/__init__.py");
            if is_package {
                plan.traits.push("install-needs-source".into());
            }
        }
    }
    plan.manager = Some(manager);
    let version = |tool: &str| context.recipe.tools.get(tool).cloned();
    for server in
        SERVERS.iter().filter(|server| context.command.split(['/', ' ']).any(|word| word == **server))
    {
        if !project.depends(server)
            && !project.depends(&format!("{server}[[]*"))
            && !project.any("{poetry,uv,Pipfile}.lock")
        {
            plan.traits.extend(version(server).map(|version| format!("add-{server}=={version}")));
        }
    }
    if plan.framework.as_deref() == Some("django") {
        plan.build = plan.build.take().map(|build| with_settings(context, &build));
    }
    if plan.output.is_some() {
        plan.build = plan.build.take().or_else(|| site(plan.framework.as_deref()));
    }
    plan.start = start::argv(&context.command);
}

fn site(framework: Option<&str>) -> Option<String> {
    Some(
        match framework? {
            "mkdocs" => "mkdocs build",
            "pelican" => "pelican content",
            _ => return None,
        }
        .to_owned(),
    )
}

fn pip(project: &Project, plan: &mut BuildPlan) {
    let first = REQUIREMENTS.iter().find(|name| project.has(name)).map(|name| (*name).to_owned());
    let first = first.or_else(|| project.find("*requirements*.txt").first().map(|name| (*name).to_owned()));
    let Some(first) = first.filter(|name| is_plain(name)) else {
        let names = ["pyproject.toml", "setup.py", "setup.cfg"];
        plan.manifests =
            names.iter().filter(|name| project.has(name)).map(|name| (*name).to_owned()).collect();
        if !plan.manifests.is_empty() {
            plan.traits.push("install-needs-source".into());
        }
        plan.is_locked = plan.manifests.is_empty();
        return;
    };
    let mut lists = vec![first];
    let mut next = 0;
    while let Some(list) = lists.get(next).cloned().filter(|_| next < MOST_LISTS) {
        let inner = included(&project.text(&list).unwrap_or_default(), &list);
        lists.extend(inner.into_iter().filter(|path| project.has(path) && is_plain(path)));
        next += 1;
    }
    let lines: Vec<String> =
        lists.iter().filter_map(|list| project.text(list)).flat_map(|text| named(&text)).collect();
    if lines.iter().any(|line| line.starts_with("-e") || line.starts_with('.')) {
        plan.traits.push("install-needs-source".into());
    }
    plan.is_locked =
        lines.iter().all(|line| line.starts_with('-') || line.contains("==") || line.contains(" @ "));
    plan.manifests = lists;
}

/// Lines that name a package.
fn named(text: &str) -> Vec<String> {
    let text = text.replace("\\\n", " ");
    let line = |line: &str| line.split(" #").next().unwrap_or_default().trim().to_owned();
    text.lines().map(line).filter(|line| !line.is_empty() && !line.starts_with(['#', '\\'])).collect()
}

/// Files that a list takes in by `-r` or `-c`, as paths of the project.
fn included(text: &str, list: &str) -> Vec<String> {
    let folder = list.rsplit_once('/').map_or("", |(folder, _)| folder);
    let named = named(text);
    let path = |line: &String| {
        let rest =
            ["-r", "--requirement", "-c", "--constraint"].iter().find_map(|flag| line.strip_prefix(flag))?;
        Some(crate::process::join(folder, rest.trim_start_matches(['=', ' '])))
    };
    named.iter().filter_map(path).collect()
}

/// The tool's version: what wrote the lock file, else what `build.toml` names.
fn tool_version(context: &Context, manager: &str) -> Option<String> {
    let header = context.project.text("poetry.lock").filter(|_| manager == "poetry");
    let named = header.and_then(|text| {
        let (_, rest) = text.lines().next()?.split_once("generated by Poetry ")?;
        let version = rest.split(' ').next()?;
        let is_number = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        (is_number && !version.is_empty()).then(|| version.to_owned())
    });
    named.or_else(|| context.recipe.tools.get(manager).cloned())
}

/// Settings read variables that only a running app has: for this one command they have values that mean nothing.
fn with_settings(context: &Context, build: &str) -> String {
    let needed = context.detection.env.iter().filter(|env| env.required || env.secret);
    let value = |name: &str| match name {
        name if name.ends_with("DATABASE_URL") => "sqlite:////tmp/only-for-the-build",
        name if name.contains("PORT") || name.contains("TIMEOUT") => "1",
        name if name.contains("DEBUG") => "0",
        _ => "only-for-the-build",
    };
    let set: Vec<String> = needed
        .filter(|env| is_plain(&env.name) && env.default.is_none())
        .map(|env| format!("{}={}", env.name, value(&env.name)))
        .collect();
    if set.is_empty() { build.to_owned() } else { format!("env {} {build}", set.join(" ")) }
}

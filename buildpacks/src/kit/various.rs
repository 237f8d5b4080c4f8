//! Stacks that need little beyond their `build.toml`.

use super::plan::{BuildPlan, Context, is_plain};
use super::start;

pub(crate) fn complete(context: &Context, plan: &mut BuildPlan) {
    match plan.stack.as_str() {
        "go" => go(context, plan),
        "rust" => rust(context, plan),
        "static" => site(context, plan),
        "elixir" => elixir(context, plan),
        "dotnet" => dotnet(context, plan),
        "r" => r(context, plan),
        "deno" => deno(context, plan),
        _ => {}
    }
}

/// Name of the program and folder of its `main`, for `go build`.
fn go(context: &Context, plan: &mut BuildPlan) {
    let project = context.project;
    if plan.output.is_some() {
        return site(context, plan);
    }
    let program = program(&context.command).unwrap_or_else(|| "server".into());
    let mains: Vec<&str> =
        project.files.iter().copied().filter(|path| path.ends_with("/main.go") && is_plain(path)).collect();
    let folder = match mains
        .iter()
        .find(|path| path.strip_suffix("/main.go").is_some_and(|folder| folder.ends_with(&program)))
    {
        _ if project.has("main.go") => ".".to_owned(),
        Some(path) => format!("./{}", path.trim_end_matches("/main.go")),
        None => mains.first().map_or(".".into(), |path| format!("./{}", path.trim_end_matches("/main.go"))),
    };
    plan.is_locked =
        project.has("go.sum") || !project.manifests.iter().any(|manifest| !manifest.dependencies.is_empty());
    plan.build = Some(format!("go build -trimpath -o /out/{program} {folder}"));
    plan.start = started(context, &program);
    if project.any("vendor/modules.txt") {
        plan.traits.push("vendored".into());
    }
}

fn rust(context: &Context, plan: &mut BuildPlan) {
    let package = context.project.manifest("Cargo.toml");
    let name = package
        .and_then(|manifest| manifest.get("package.default-run").or_else(|| manifest.get("package.name")));
    let program = program(&context.command)
        .or_else(|| name.map(|at| at.value.clone()))
        .unwrap_or_else(|| "server".into());
    plan.is_locked = context.project.has("Cargo.lock");
    plan.build = Some(format!(
        "cargo build --release{} --bin {program}",
        if plan.is_locked { " --locked" } else { "" }
    ));
    plan.start = started(context, &program);
    if context
        .component
        .version
        .as_ref()
        .is_some_and(|fact| fact.evidence.iter().any(|held| held.rule.ends_with("/rust-version")))
    {
        // It names the oldest compiler that will do, not the wanted one.
        let pin = context
            .kits
            .pins()
            .choose("rust", plan.version.as_deref().map(|version| format!(">={version}")).as_deref());
        plan.image = pin.as_ref().map(|pin| pin.image.clone()).unwrap_or_default();
        plan.version = pin.as_ref().map(|pin| pin.version.clone());
        plan.pin = pin;
    }
}

/// The last part of the program that a command starts, `server` for `./bin/server -v`.
fn program(command: &str) -> Option<String> {
    let word = crate::process::program(command)?;
    let is_tool = matches!(word.as_str(), "go" | "cargo" | "sh" | "bash");
    (is_plain(&word) && !is_tool && !word.is_empty()).then_some(word)
}

/// The start command with the program where the image has it.
fn started(context: &Context, program: &str) -> Vec<String> {
    let command = &context.command;
    let is_tool = ["go ", "cargo "].iter().any(|tool| command.starts_with(tool)) || command.is_empty();
    if is_tool {
        return vec![format!("/app/{program}")];
    }
    let word = |word: &str| {
        let is_it = word.rsplit('/').next() == Some(program);
        if is_it { format!("/app/{program}") } else { word.to_owned() }
    };
    start::argv(&command.split(' ').map(word).collect::<Vec<_>>().join(" "))
}

/// Hugo comes from Debian, or from its own source where the project names a version.
fn site(context: &Context, plan: &mut BuildPlan) {
    plan.output = plan.output.take().or_else(|| Some(".".into()));
    plan.version =
        context.component.version.as_ref().map(|fact| fact.value.clone()).filter(|version| is_plain(version));
    plan.manifests.clear();
    plan.is_locked = true;
    let tool = |name: &str| context.kits.pins().tool(name).unwrap_or_default();
    match plan.framework.as_deref() {
        Some("hugo") if plan.stack == "static" && plan.version.is_some() => plan.image = tool("go"),
        Some("hugo") => {
            plan.image = context.kits.pins().choose("static", None).map(|pin| pin.image).unwrap_or_default();
            plan.build_packages.push("hugo".into());
        }
        Some("mdbook") => {
            plan.image = tool("rust");
            plan.build = plan.build.take().or_else(|| Some("mdbook build".into()));
        }
        _ => {
            plan.image = tool("web");
            plan.build = None;
        }
    }
    if plan.framework.as_deref() == Some("hugo") {
        plan.build = Some("hugo --minify".into());
    }
}

fn elixir(context: &Context, plan: &mut BuildPlan) {
    let mix = context.project.text("mix.exs").unwrap_or_default();
    let name = mix.split_once("app: :").map(|(_, rest)| {
        rest.chars().take_while(|held| held.is_ascii_alphanumeric() || *held == '_').collect::<String>()
    });
    plan.is_locked = context.project.has("mix.lock") || !mix.contains("{:");
    plan.build = Some("mix release".into());
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        let is_release = context.command.starts_with("/app/bin/");
        plan.start = if is_release {
            start::argv(&context.command)
        } else {
            vec![format!("/app/bin/{name}"), "start".into()]
        };
        plan.traits.push(format!("app-{name}"));
    }
    if context.project.any("assets/package.json") {
        plan.traits.push("node-assets".into());
    }
    if plan.framework.as_deref() == Some("phoenix") {
        plan.traits.push("phoenix".into());
        plan.needs.env.insert("PHX_SERVER".into(), "true".into());
    }
}

fn dotnet(context: &Context, plan: &mut BuildPlan) {
    let stem =
        context.command.split(['/', ' ']).find_map(|word| word.strip_suffix(".dll")).unwrap_or_default();
    let project = context.project.find("{*,*/*,*/*/*}.{csproj,fsproj}").into_iter().find(|path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        !stem.is_empty() && name.rsplit_once('.').is_some_and(|(name, _)| name == stem)
    });
    plan.traits.extend(project.filter(|path| is_plain(path)).map(|path| format!("project-{path}")));
    plan.is_locked = context.project.any("{*,*/*,*/*/*}packages.lock.json");
    plan.build = None;
}

/// Packages that the code loads: Debian has many of them ready, the others are compiled.
fn r(context: &Context, plan: &mut BuildPlan) {
    let mut loaded: Vec<String> = Vec::new();
    for path in context.project.find("{*,*/*,*/*/*}.{R,r,Rmd}") {
        loaded.extend(libraries(&context.project.text(path).unwrap_or_default()));
    }
    loaded.sort();
    loaded.dedup();
    plan.needs.init = true; // R is deaf to SIGTERM when it is the first process
    plan.is_locked = context.project.has("renv.lock");
    if plan.is_locked {
        return;
    }
    let ready: Vec<&str> =
        context.recipe.tools.get("debian").map(|names| names.split(' ').collect()).unwrap_or_default();
    for name in loaded.iter().filter(|name| !BASE.contains(&name.as_str())) {
        match ready.contains(&name.to_lowercase().as_str()) {
            true => plan.packages.push(format!("r-cran-{}", name.to_lowercase())),
            false => plan.traits.push(format!("cran-{name}")),
        }
    }
}

/// What R itself brings.
const BASE: [&str; 10] = [
    "base",
    "compiler",
    "datasets",
    "grDevices",
    "graphics",
    "grid",
    "methods",
    "parallel",
    "stats",
    "utils",
];

/// Names in `library(x)`, `require(x)` and `x::y`.
fn libraries(text: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        let text = text.trim_start_matches(['"', '\'', ' ']);
        text.chars().take_while(|held| held.is_ascii_alphanumeric() || *held == '.').collect()
    };
    let mut found: Vec<String> = ["library(", "require(", "requireNamespace("]
        .iter()
        .flat_map(|call| text.split(call).skip(1).map(name))
        .collect();
    let parts: Vec<&str> = text.split("::").collect();
    let before = parts.iter().take(parts.len().saturating_sub(1)).map(|part| {
        let held: Vec<char> =
            part.chars().rev().take_while(|held| held.is_ascii_alphanumeric() || *held == '.').collect();
        held.into_iter().rev().collect::<String>()
    });
    found.extend(before);
    found.retain(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()));
    found
}

fn deno(context: &Context, plan: &mut BuildPlan) {
    plan.is_locked = context.project.has("deno.lock");
    let entry =
        plan.start.iter().find(|word| [".ts", ".tsx", ".js", ".mjs"].iter().any(|end| word.ends_with(end)));
    plan.traits.extend(entry.filter(|path| is_plain(path)).map(|path| format!("entry-{path}")));
    if plan.output.is_some() {
        plan.build = plan.build.take().or_else(|| Some("deno task build".into()));
    }
}

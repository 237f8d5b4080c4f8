//! PHP: the document root, the extensions, and Composer.

use super::plan::{BuildPlan, Context, is_plain};
use super::start;

/// Folders that are document roots by their name.
const ROOTS: [&str; 9] =
    ["public", "web", "www", "htdocs", "docroot", "public_html", "webroot", "httpdocs", "html"];
/// Extensions that the official image has already.
const THERE: [&str; 33] = [
    "core",
    "ctype",
    "curl",
    "date",
    "dom",
    "fileinfo",
    "filter",
    "ftp",
    "hash",
    "iconv",
    "json",
    "libxml",
    "mbstring",
    "mysqlnd",
    "openssl",
    "pcre",
    "pdo",
    "pdo_sqlite",
    "phar",
    "posix",
    "random",
    "readline",
    "reflection",
    "session",
    "simplexml",
    "sodium",
    "spl",
    "sqlite3",
    "standard",
    "tokenizer",
    "xml",
    "xmlreader",
    "xmlwriter",
];

pub(crate) fn complete(context: &Context, plan: &mut BuildPlan) {
    let project = context.project;
    plan.output = root(context);
    let is_web = context.process.is_none_or(|process| process.name == "web");
    plan.start = if is_web || context.command.contains("apache2") {
        vec!["apache2-foreground".into()]
    } else {
        start::argv(&context.command)
    };
    if plan.manager.is_some() && project.has("composer.json") {
        plan.runtime_image = context.kits.pins().tool("composer");
    } else {
        plan.manager = None;
        plan.runtime_image = None;
    }
    let asked = project.own().flat_map(|manifest| &manifest.dependencies);
    let asked = asked
        .filter_map(|held| held.name.strip_prefix("ext-"))
        .map(|name| name.to_lowercase().replace('-', "_"));
    let missing: Vec<String> =
        asked.filter(|name| !THERE.contains(&name.as_str()) && is_plain(name)).collect();
    for name in missing {
        plan.build_packages.extend(libraries(&name).iter().map(|name| (*name).to_owned()));
        plan.traits.push(format!("ext-{name}"));
    }
    let extensions: Vec<String> =
        plan.traits.iter().filter_map(|name| name.strip_prefix("ext-")).map(str::to_owned).collect();
    for name in &extensions {
        plan.build_packages.extend(libraries(name).iter().map(|name| (*name).to_owned()));
    }
    if !extensions.is_empty() {
        plan.traits.push("extensions".into());
    }
    plan.build = None; // the template installs in two steps, so that code does not renew the packages
    plan.needs.port = Some(8080);
}

/// Debian's libraries that an extension is compiled against; they stay, because it is linked to them.
fn libraries(extension: &str) -> &'static [&'static str] {
    match extension {
        "gd" => &["libfreetype-dev", "libjpeg-dev", "libpng-dev"],
        "intl" => &["libicu-dev"],
        "zip" => &["libzip-dev"],
        "pgsql" | "pdo_pgsql" => &["libpq-dev"],
        "soap" | "xsl" => &["libxml2-dev", "libxslt1-dev"],
        "ldap" => &["libldap-dev"],
        "gmp" => &["libgmp-dev"],
        "bz2" => &["libbz2-dev"],
        "imap" => &["libc-client-dev", "libkrb5-dev"],
        "tidy" => &["libtidy-dev"],
        _ => &[],
    }
}

fn root(context: &Context) -> Option<String> {
    let project = context.project;
    let (_, rest) = context.command.split_once("document root ").unwrap_or_default();
    let named = rest.trim_end_matches(')').trim_end_matches('/');
    let procfile = context
        .command
        .strip_prefix("vendor/bin/heroku-php-apache2")
        .map(|rest| rest.trim().trim_end_matches('/'));
    let is_there = |folder: &&str| {
        !folder.is_empty()
            && is_plain(folder)
            && project.files.iter().any(|path| path.starts_with(&format!("{folder}/")))
    };
    let known = || {
        ROOTS
            .iter()
            .copied()
            .find(|folder| project.has(&format!("{folder}/index.php")) && !project.has("index.php"))
    };
    procfile.or(Some(named)).filter(is_there).or_else(known).map(str::to_owned)
}

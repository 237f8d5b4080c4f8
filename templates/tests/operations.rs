//! What whoever is on duty reads, and what tells others about the app.
#![allow(clippy::expect_used)] // a test that panics has failed, which is the point

#[allow(dead_code)] // other tests need other parts of it
mod project;

use project::project;

const PROJECTS: [&str; 3] = ["meals", "pages", "chat"];

#[test]
fn pages_are_as_people_would_write_them() {
    for name in PROJECTS {
        insta::assert_snapshot!(format!("{name}-runbook"), project(name).text("docs/operations/runbook.md"));
        insta::assert_snapshot!(format!("{name}-slo"), project(name).text("docs/operations/slo.md"));
        let decision = project(name).text("docs/operations/decisions/0001-how-we-package.md");
        insta::assert_snapshot!(format!("{name}-decision"), decision);
    }
}

#[test]
fn alerts_and_dashboard_are_as_people_would_write_them() {
    insta::assert_snapshot!("meals-alerts", project("meals").text("docs/operations/alerts.yaml"));
    insta::assert_snapshot!("meals-dashboard", project("meals").text("docs/operations/dashboard.json"));
}

/// Metrics of the exporters that alerts.yaml names; nothing else may be asked for.
const METRICS: [&str; 9] = [
    "probe_success",
    "kube_pod_container_status_restarts_total",
    "kube_pod_status_ready",
    "kube_pod_status_phase",
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
    "kube_cronjob_status_last_successful_time",
    "kube_job_status_failed",
    "container_memory_working_set_bytes",
];

#[test]
fn alerts_and_dashboard_ask_only_for_metrics_that_exist() {
    let meals = project("meals");
    let alerts = meals.text("docs/operations/alerts.yaml");
    let dashboard: serde_json::Value =
        serde_json::from_str(&meals.text("docs/operations/dashboard.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let asked = panels.map(|panel| panel["targets"][0]["expr"].as_str().expect("an expression"));
    let mut expressions: Vec<&str> =
        alerts.lines().filter_map(|line| line.split_once(" expr: ")).map(|(_, expr)| expr).collect();
    expressions.extend(asked);
    assert_eq!(expressions.len(), 7 + 7);
    for expression in expressions {
        let words =
            expression.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        let metrics: Vec<&str> =
            words.filter(|word| word.contains('_') && !word.contains("_over_time")).collect();
        assert!(!metrics.is_empty() && metrics.iter().all(|metric| METRICS.contains(metric)), "{metrics:?}");
    }
}

#[test]
fn catalogues_get_what_they_require() {
    insta::assert_snapshot!("meals-publiccode", project("meals").text("publiccode.yml"));
    let civic: serde_json::Value = serde_json::from_str(&project("meals").text("civic.json")).expect("JSON");
    assert_eq!(civic["type"], "Web App");
}

#[test]
fn publiccode_needs_the_address_of_a_repository() {
    assert!(!project("pages").files().contains_key("publiccode.yml"));
}

#[test]
fn a_title_cannot_break_out_of_a_page_or_a_query() {
    let mut meals = project("meals");
    meals.facts.title = "a `b` [c](d) <script>\n# e {{ $labels }} \"f\" ${g}".into();
    let runbook = meals.text("docs/operations/runbook.md");
    assert!(
        runbook.contains(r#"# Runbook: a \`b\` \[c\](d) \<script\> \# e \{\{ $labels \}\} "f" $\{g\}"#),
        "{runbook}"
    );
    let dashboard: serde_json::Value =
        serde_json::from_str(&meals.text("docs/operations/dashboard.json")).expect("JSON");
    assert_eq!(dashboard["title"], meals.facts.title);
    assert_eq!(
        meals.text("docs/operations/alerts.yaml"),
        project("meals").text("docs/operations/alerts.yaml"),
        "Prometheus fills templates in annotations"
    );
}

#[test]
fn rendering_twice_gives_the_same() {
    for name in PROJECTS {
        assert_eq!(project(name).files(), project(name).files());
    }
}

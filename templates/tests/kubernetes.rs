//! deploy/: what a cluster is told, and that the project's strings stay strings in it.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::disallowed_methods)] // also in what the tests share; they run a shell

mod project;

use std::collections::BTreeMap;

use civic_contract::manifest::Manifest;
use project::{Project, project};
use proptest::prelude::*;
use serde_json::Value;

/// Every file that is Kubernetes' business, one after the other as a person would read them.
fn deployment(name: &str) -> String {
    let is_ours = |path: &str| path.starts_with("deploy/") || path == "civic/hooks/kustomization.yaml";
    let files = project(name).files().into_iter().filter(|(path, _)| is_ours(path));
    files.fold(String::new(), |all, (path, file)| {
        all + format!("=== {path}\n{}", String::from_utf8(file.content).expect("text")).as_str()
    })
}

/// Every object below deploy/base.
fn objects(project: &Project) -> Vec<Value> {
    let files = project
        .files()
        .into_iter()
        .filter(|(path, _)| path.starts_with("deploy/") && path.ends_with(".yaml"));
    let texts = files.map(|(_, file)| String::from_utf8(file.content).expect("text"));
    texts.flat_map(|text| serde_saphyr::from_multiple::<Value>(&text).expect("YAML")).collect()
}

/// Every container in a project's pods, with the kind and name of what it belongs to.
fn containers(objects: &[Value]) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for object in objects {
        let owner = format!("{}/{}", text(object, "/kind"), text(object, "/metadata/name"));
        for pod in ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"] {
            for list in ["initContainers", "containers"] {
                let found = object.pointer(&format!("{pod}/{list}")).and_then(Value::as_array);
                all.extend(found.into_iter().flatten().map(|container| (owner.clone(), container.clone())));
            }
        }
    }
    all
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn an_app_with_everything_comes_out_whole() {
    insta::assert_snapshot!(deployment("meals"));
}

#[test]
fn an_app_of_one_service_comes_out_whole() {
    insta::assert_snapshot!(deployment("pages"));
}

#[test]
fn an_upstream_image_comes_out_whole() {
    insta::assert_snapshot!(deployment("chat"));
}

#[test]
fn no_line_is_left_empty_and_none_ends_in_a_space() {
    for name in ["meals", "pages", "chat"] {
        for (path, file) in project(name).files() {
            let content = String::from_utf8(file.content).expect("text");
            let is_odd = |line: &str| line.trim_end() != line || line.is_empty();
            let odd = content.lines().find(|line| is_odd(line)).filter(|_| path.ends_with(".yaml"));
            assert!(!path.starts_with("deploy/") || odd.is_none(), "{name} {path}: {odd:?}");
        }
    }
}

#[test]
fn every_container_is_confined() {
    for name in ["meals", "pages", "chat"] {
        let all = containers(&objects(&project(name)));
        assert!(all.len() > 3, "{name} has containers");
        for (owner, container) in all {
            let security = &container["securityContext"];
            let what = format!("{name} {owner} {}", container["name"]);
            assert_eq!(security["allowPrivilegeEscalation"], false, "{what}");
            assert_eq!(security["readOnlyRootFilesystem"], true, "{what}");
            assert_eq!(security["capabilities"]["drop"][0], "ALL", "{what}");
        }
    }
}

#[test]
fn secrets_are_named_and_never_written() {
    let project = project("meals");
    let all = objects(&project);
    assert!(!all.iter().any(|object| object["kind"] == "Secret"));
    for (owner, container) in containers(&all) {
        for entry in container["env"].as_array().into_iter().flatten() {
            let name = text(entry, "/name");
            if project.manifest.secrets.contains_key(name) {
                assert_eq!(text(entry, "/valueFrom/secretKeyRef/key"), name, "{owner}");
                assert!(entry.get("value").is_none(), "{owner}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn secrets_are_made_as_the_manifest_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("make-secrets.sh");
    std::fs::write(&script, project("meals").text("deploy/make-secrets.sh")).expect("the script");
    let run = || {
        let output = std::process::Command::new("sh")
            .arg(&script)
            .env("POSTGRES_PASSWORD", "abc")
            .stdin(std::process::Stdio::null())
            .output()
            .expect("sh");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        serde_saphyr::from_multiple::<Value>(&text).expect("YAML")
    };
    let (first, second) = (run(), run());
    assert_eq!(
        first.iter().map(|one| text(one, "/metadata/name")).collect::<Vec<_>>(),
        ["meals", "meals-backup"]
    );
    // postgres://meals:abc@db:5432/meals
    assert_eq!(text(&first[0], "/data/DATABASE_URL"), "cG9zdGdyZXM6Ly9tZWFsczphYmNAZGI6NTQzMi9tZWFscw==");
    // 32 random bytes, as base64 of base64.
    assert_eq!(text(&first[0], "/data/SECRET_KEY").len(), 60);
    assert_ne!(first[0]["data"]["SECRET_KEY"], second[0]["data"]["SECRET_KEY"]);
}

#[test]
fn every_volume_claim_that_a_pod_opens_is_there() {
    for name in ["meals", "pages", "chat"] {
        let all = objects(&project(name));
        let claims: Vec<&str> = all
            .iter()
            .filter(|object| object["kind"] == "PersistentVolumeClaim")
            .map(|object| text(object, "/metadata/name"))
            .collect();
        let text = serde_json::to_string(&all).expect("JSON");
        for opened in text.split("\"claimName\":\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(claims.contains(&opened), "{name}: {opened}");
        }
        assert_eq!(claims.len(), project(name).manifest.volumes.len(), "{name}");
    }
}

#[test]
fn every_mounted_volume_is_one_of_its_pod() {
    for name in ["meals", "pages", "chat"] {
        for object in objects(&project(name)) {
            for pod in ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"] {
                let Some(pod) = object.pointer(pod) else { continue };
                let named = |list: &Value| -> Vec<String> {
                    list.as_array().into_iter().flatten().map(|one| text(one, "/name").to_owned()).collect()
                };
                let volumes = named(&pod["volumes"]);
                let all = pod["initContainers"]
                    .as_array()
                    .into_iter()
                    .chain(pod["containers"].as_array())
                    .flatten();
                for mount in all.flat_map(|container| named(&container["volumeMounts"])) {
                    assert!(volumes.contains(&mount), "{name} {}: {mount}", object["metadata"]["name"]);
                }
            }
        }
    }
}

#[test]
fn no_two_containers_of_a_pod_share_a_name() {
    let mut project = project("meals");
    // A program of the project's own, so that it is not left out.
    for hook in &mut project.manifest.hooks.post_backup {
        hook.run = "civic/hooks/mine/tidy".into();
    }
    let mut seen = BTreeMap::new();
    for (owner, container) in containers(&objects(&project)) {
        let count = seen.entry((owner, text(&container, "/name").to_owned())).or_insert(0);
        *count += 1;
    }
    assert!(seen.keys().any(|(_, name)| name == "post-backup-1"));
    assert_eq!(seen.iter().find(|(_, count)| **count > 1), None);
}

#[test]
fn the_route_leads_to_a_port_that_is_served() {
    for name in ["meals", "pages", "chat"] {
        let all = objects(&project(name));
        let route = all.iter().find(|object| object["kind"] == "HTTPRoute").expect("a route");
        let backend = &route["spec"]["rules"][0]["backendRefs"][0];
        let service = all
            .iter()
            .find(|object| object["kind"] == "Service" && object["metadata"]["name"] == backend["name"])
            .expect("its service");
        assert_eq!(service["spec"]["ports"][0]["port"], backend["port"], "{name}");
        let monitor = all.iter().find(|object| object["kind"] == "ServiceMonitor").expect("a monitor");
        assert_eq!(monitor["spec"]["endpoints"][0]["port"], service["spec"]["ports"][0]["name"], "{name}");
        assert_eq!(monitor["spec"]["selector"]["matchLabels"], service["metadata"]["labels"], "{name}");
    }
}

#[test]
fn only_what_data_is_loaded_into_runs_during_a_restore() {
    let stopped = |name: &str| -> Vec<String> {
        let all: Value =
            serde_saphyr::from_str(&project(name).text("deploy/restore/kustomization.yaml")).expect("YAML");
        all["replicas"].as_array().into_iter().flatten().map(|one| text(one, "/name").to_owned()).collect()
    };
    assert_eq!(stopped("meals"), ["web", "worker"]);
    assert_eq!(stopped("pages"), ["web"]);
    assert_eq!(stopped("chat"), ["web"]);
}

/// Environment of a container as Kubernetes makes it: the ConfigMap's lines, then the list with its dollar signs.
fn environment(project: &Project, service: &str) -> BTreeMap<String, String> {
    let files = project.files();
    let lines = files.get(&format!("deploy/base/env/{service}.properties"));
    let lines = lines.map(|file| String::from_utf8(file.content.clone()).expect("text")).unwrap_or_default();
    // As kustomize reads them, which does not take a lone carriage return for an end.
    let lines = lines.split('\n').filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut env: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let all = containers(&objects(project));
    let container = all.iter().find(|(_, container)| container["name"] == service).expect("the service");
    for entry in container.1["env"].as_array().into_iter().flatten() {
        if let Some(value) = entry["value"].as_str() {
            env.insert(text(entry, "/name").into(), expanded(value));
        }
    }
    env
}

/// What Kubernetes makes of a value when no other variable is meant by it.
fn expanded(value: &str) -> String {
    assert!(!value.replace("$$", "").contains("$("), "{value}");
    value.replace("$$", "$")
}

fn with_env(env: BTreeMap<String, String>) -> Project {
    let mut project = project("meals");
    let manifest: &mut Manifest = &mut project.manifest;
    manifest.services.get_mut("web").expect("web").env = env;
    project
}

#[test]
fn settings_arrive_as_they_were_written() {
    let project = project("meals");
    assert_eq!(environment(&project, "web"), project.manifest.services["web"].env);
    assert!(environment(&project, "web")["GREETING"].contains("$(id)"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn any_setting_arrives_as_it_was_written(
        env in prop::collection::btree_map("[A-Z_][A-Z0-9_.]{0,5}|#[a-z]{1,3}", "[$(){}\"'\\\\\n\r\t #=a-z]{0,12}|\\PC{0,12}", 0..5)
    ) {
        let project = with_env(env.clone());
        prop_assert_eq!(environment(&project, "web"), env);
    }

    #[test]
    fn any_command_arrives_as_it_was_written(words in prop::collection::vec("[$(){}\"'\n a-z]{1,8}|\\PC{1,12}", 1..4)) {
        let mut project = project("meals");
        project.manifest.services.get_mut("web").expect("web").command = Some(words.clone());
        let all = containers(&objects(&project));
        let (_, web) = all.iter().find(|(_, container)| container["name"] == "web").expect("web");
        let read: Vec<String> = web["args"].as_array().into_iter().flatten().filter_map(Value::as_str).map(expanded).collect();
        prop_assert_eq!(read, words);
    }
}

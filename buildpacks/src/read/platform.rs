//! Jobs of hosting platforms' files.

use serde_json::Value;

use super::{At, line_of, yaml};

/// Command and schedule of each cron service of `render.yaml` or each of `crons` of `vercel.json`.
pub(crate) fn platform_jobs(text: &str) -> Vec<(String, At<String>)> {
    let Some(file) = yaml::value(text) else { return Vec::new() };
    let list = |key: &str| file.get(key).and_then(Value::as_array).into_iter().flatten();
    let read = |command: String, item: &Value| {
        let schedule = item.get("schedule").and_then(yaml::plain)?;
        let line = line_of(text, &schedule);
        Some((command, At { value: schedule, line }))
    };
    let render =
        list("services").filter(|service| service.get("type").and_then(Value::as_str) == Some("cron"));
    let render = render.filter_map(|service| {
        let command = service.get("dockerCommand").or_else(|| service.get("startCommand"))?;
        read(yaml::plain(command)?, service)
    });
    let vercel =
        list("crons").filter_map(|cron| read(format!("GET {}", yaml::plain(cron.get("path")?)?), cron));
    render.chain(vercel).collect()
}

//! `civic doctor`: what this machine has, what is missing, and the command that adds it.

use civic_conformance::engine::{Engine, candidates};
use civic_conformance::lab::AGENT_IMAGE;
use civic_contract::exit::Exit;

use super::block_on;
use crate::say;

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;
/// Less free memory or disk than this makes drills fail for reasons of the machine.
const LEAST_MEMORY: f64 = 2.0;
const LEAST_DISK: f64 = 5.0;

/// Looks at the engine and says what it finds.
pub fn run() -> Exit {
    block_on(examine())
}

async fn examine() -> Exit {
    println!("civic      {}", env!("CARGO_PKG_VERSION"));
    let engine = match Engine::connect().await {
        Ok(engine) => engine,
        Err(failure) => {
            println!("engine     missing");
            for endpoint in candidates() {
                println!("           looked at {} ({})", endpoint.address, endpoint.source);
            }
            return say::engine(&failure);
        }
    };
    let facts = engine.facts();
    println!("engine     {} {}, API {}, at {}", facts.name, facts.version, facts.api, engine.endpoint());
    println!("host       {}", facts.host);
    let mut missing = Vec::new();
    let memory = facts.memory as f64 / GIB;
    println!("size       {} cores, {memory:.1} GiB of memory", facts.cores);
    if memory < LEAST_MEMORY {
        missing.push(format!("Less than {LEAST_MEMORY} GiB of memory: run with --jobs 1."));
    }
    examine_limits(&engine, &mut missing).await;
    examine_agent(&engine, &mut missing).await;
    examine_leftovers(&engine, &mut missing).await;
    conclude(&missing)
}

async fn examine_limits(engine: &Engine, missing: &mut Vec<String>) {
    match engine.enforced_limits().await {
        Ok(limits) => {
            let word = |on: bool| if on { "yes" } else { "no" };
            println!(
                "limits     memory {}, processes {}, cpu {}; cgroup v{}",
                word(limits.memory),
                word(limits.pids),
                word(limits.cpu),
                limits.cgroup
            );
            if !(limits.memory && limits.pids && limits.cpu) {
                missing.push("The engine cannot enforce every limit of civic.toml: use a rootful engine, or delegate the cgroup controllers to your user (systemd: Delegate=yes).".into());
            }
        }
        Err(failure) => missing.push(failure.to_string()),
    }
}

async fn examine_agent(engine: &Engine, missing: &mut Vec<String>) {
    match engine.image(AGENT_IMAGE).await {
        Ok(Some(image)) => {
            let origin = image.stand_ins.first().map_or("official", |_| "a stand-in from Debian packages");
            println!("agent      {AGENT_IMAGE} ({origin})");
            match engine.free_disk(&image.digest).await {
                Ok(Some(bytes)) => {
                    println!("disk       {:.1} GiB free for the engine", bytes as f64 / GIB);
                    if (bytes as f64) < LEAST_DISK * GIB {
                        missing.push(format!(
                            "Less than {LEAST_DISK} GiB of disk is free for the engine: docker system prune"
                        ));
                    }
                }
                Ok(None) => println!("disk       unknown"),
                Err(failure) => missing.push(failure.to_string()),
            }
        }
        Ok(None) => {
            println!("agent      {AGENT_IMAGE} is not here; the first run pulls it");
            missing.push(format!("The agent's image: docker pull {AGENT_IMAGE}   (without a registry: make setup in civic's repository)"));
        }
        Err(failure) => missing.push(failure.to_string()),
    }
}

async fn examine_leftovers(engine: &Engine, missing: &mut Vec<String>) {
    match engine.runs_present().await {
        Ok(runs) if runs.is_empty() => println!("leftovers  none"),
        Ok(runs) => println!(
            "leftovers  of {} run(s), perhaps alive: `civic clean` removes those of dead ones",
            runs.len()
        ),
        Err(failure) => missing.push(failure.to_string()),
    }
}

fn conclude(missing: &[String]) -> Exit {
    if missing.is_empty() {
        println!("\nThis machine can certify.");
        return Exit::Done;
    }
    println!("\nTo do:");
    missing.iter().for_each(|todo| println!("  - {todo}"));
    Exit::Infrastructure
}

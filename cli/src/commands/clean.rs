//! `civic clean`.

use civic_conformance::engine::Engine;
use civic_contract::exit::Exit;

use super::{block_on, home};
use crate::args::Clean;
use crate::say;

/// Removes what dead runs left, by label only.
pub fn run(args: &Clean) -> Exit {
    block_on(clean(args))
}

async fn clean(args: &Clean) -> Exit {
    let engine = match Engine::connect().await {
        Ok(engine) => engine,
        Err(failure) => return say::engine(&failure),
    };
    let home = match home() {
        Ok(home) => home,
        Err(error) => {
            say::error(&format!("cannot open civic's state folder: {error}"), &[]);
            return Exit::Infrastructure;
        }
    };
    let swept = match home.sweep_dead(&engine, args.all).await {
        Ok(swept) => swept,
        Err(failure) => return say::engine(&failure),
    };
    let removed = swept.removed;
    println!(
        "Removed {} container(s), {} network(s) and {} volume(s) of {} dead run(s).",
        removed.containers,
        removed.networks,
        removed.volumes,
        swept.runs.len()
    );
    for run in &swept.spared {
        println!(
            "Left alone: run {run}, which is alive or belongs to another machine (--all takes those too)."
        );
    }
    if args.images {
        match engine.sweep_images().await {
            Ok(count) => println!("Removed {count} image(s) that civic had built."),
            Err(failure) => return say::engine(&failure),
        }
    }
    Exit::Done
}

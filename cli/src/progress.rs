//! Live progress: a line per drill on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use civic_contract::journal::{Entry, Event};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::JoinHandle;

use crate::render;

/// What the run as a whole is called.
const BASELINE: &str = "baseline";

/// Follows a journal until its end.
pub fn follow(entries: Receiver<Entry>, quiet: bool) -> JoinHandle<()> {
    tokio::spawn(async move {
        if quiet {
            return;
        }
        if std::io::stderr().is_terminal() {
            Lines::new().follow(entries).await;
        } else {
            follow_plainly(entries).await;
        }
    })
}

/// What an entry says about its drill, in a few words; `None` when it is a detail.
fn phase(event: &Event) -> Option<String> {
    Some(match event {
        Event::ImageReady(image) => format!("image of {} is ready", image.service),
        Event::SandboxMade { .. } => "makes a copy of the app".into(),
        Event::Started { service, .. } => format!("starts {service}"),
        Event::Exited { service, code, by_suite: false, .. } => {
            format!("{service} ended with exit code {code}")
        }
        Event::Ready { took_ms, .. } => format!("ready after {:.1} s", *took_ms as f64 / 1000.0),
        Event::NotReady { service, .. } => format!("{service} is not ready in time"),
        Event::Harmed { fault, phase, .. } => match phase {
            Some(phase) => format!("{}: {phase}", harm(fault)),
            None => harm(fault).into(),
        },
        Event::SnapshotBegun { .. } => "takes a snapshot".into(),
        Event::SnapshotTaken { .. } => "has a snapshot".into(),
        Event::Restored { .. } => "has restored".into(),
        Event::ReadBack { after, records } => format!("read {} canaries {after}", records.len()),
        Event::PageServed { after } => format!("served its page {after}"),
        Event::Control { hook, .. } => format!("attacked {hook}"),
        Event::InfraError { message } => format!("infrastructure: {message}"),
        _ => return None,
    })
}

/// A fault in plain words.
fn harm(fault: &str) -> &str {
    match fault {
        "sigkill" => "killed",
        "sigterm" => "asked to stop",
        "sigstop" => "frozen",
        "removed" => "its containers are removed",
        "volumes-destroyed" => "its volumes are destroyed",
        "root-read-only" => "on a read-only root",
        "stranger-uid" => "as an unknown user",
        other => other,
    }
}

fn name(entry: &Entry) -> &str {
    entry.drill.as_deref().unwrap_or(BASELINE)
}

/// The lines of a terminal.
struct Lines {
    screen: MultiProgress,
    bars: BTreeMap<String, ProgressBar>,
}

impl Lines {
    fn new() -> Self {
        let screen = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        Self { screen, bars: BTreeMap::new() }
    }

    async fn follow(mut self, mut entries: Receiver<Entry>) {
        loop {
            match entries.recv().await {
                Ok(entry) => {
                    let last = matches!(entry.event, Event::RunEnded { .. });
                    self.show(&entry);
                    if last {
                        break;
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            }
        }
        // The closing table says it all, and better.
        self.bars.values().for_each(ProgressBar::finish_and_clear);
    }

    fn show(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Judged { verdict } => {
                let bar = self.bar(name(entry));
                bar.set_style(style("  {prefix:16} {msg}"));
                let seconds = bar.elapsed().as_secs_f64();
                bar.finish_with_message(format!("{:14} {seconds:5.1} s", render::outcome(verdict.outcome)));
            }
            Event::Baseline(_) => self.bar(BASELINE).finish_with_message("measured and seeded"),
            event => {
                if let Some(phase) = phase(event) {
                    self.bar(name(entry)).set_message(render::plain(&phase));
                }
            }
        }
    }

    fn bar(&mut self, name: &str) -> &ProgressBar {
        self.bars.entry(name.to_owned()).or_insert_with(|| {
            let bar = self.screen.add(ProgressBar::new_spinner());
            bar.set_style(style("{spinner} {prefix:16} {elapsed:>5} {wide_msg}"));
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        })
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// One line a change, for logs of CI.
async fn follow_plainly(mut entries: Receiver<Entry>) {
    loop {
        match entries.recv().await {
            Ok(entry) => {
                let seconds = entry.at_ms as f64 / 1000.0;
                let said = match &entry.event {
                    Event::Judged { verdict } => Some(render::outcome(verdict.outcome)),
                    Event::Baseline(baseline) => Some(format!("deadline {}", baseline.derivation)),
                    Event::RunEnded { .. } => return,
                    event => phase(event),
                };
                if let Some(said) = said {
                    eprintln!("{seconds:7.1} s  {:16} {}", name(&entry), render::plain(&said));
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

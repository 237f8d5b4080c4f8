//! Questions that many ask a manifest.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::graph::{self, Needs};
use super::model::{Canary, Check, Manifest, Operation};
use super::paths::{HOOKS_INSIDE, is_hook};

impl Manifest {
    /// The services, each after those it depends on; otherwise by name.
    pub fn start_order(&self) -> Vec<&str> {
        let needs: Needs = self
            .services
            .iter()
            .map(|(name, service)| (name.as_str(), service.depends_on.iter().map(String::as_str).collect()))
            .collect();
        graph::order(&needs).0
    }

    /// Every file below `civic/hooks/` that something names, relative to the folder of `civic.toml`, sorted: hooks,
    /// and arguments `/civic/hooks/…` of canaries, probes, jobs and services' commands.
    pub fn hook_files(&self) -> Vec<PathBuf> {
        let hooks = self.hooks.all().map(|hook| hook.run.clone());
        let arguments = self.commands().into_iter().flatten();
        let named =
            arguments.filter(|argument| argument.starts_with(HOOKS_INSIDE) && is_hook(&argument[1..]));
        let files: BTreeSet<PathBuf> =
            hooks.chain(named.map(|argument| PathBuf::from(&argument[1..]))).collect();
        files.into_iter().collect()
    }

    /// Every command line of the manifest.
    fn commands(&self) -> Vec<&[String]> {
        let mut commands: Vec<&[String]> = self.jobs.values().map(|job| job.command.as_slice()).collect();
        for service in self.services.values() {
            commands.extend(service.command.as_deref());
            let probes = [&service.probes.ready, &service.probes.live].into_iter().flatten();
            commands.extend(probes.filter_map(|probe| match &probe.check {
                Check::Exec(command) => Some(command.as_slice()),
                Check::Http { .. } | Check::Tcp => None,
            }));
        }
        if let Canary::App(canary) = &self.canary {
            commands.extend([&canary.write, &canary.read].into_iter().filter_map(
                |operation| match operation {
                    Operation::Exec { command, .. } => Some(command.as_slice()),
                    Operation::Http(_) => None,
                },
            ));
        }
        commands
    }
}

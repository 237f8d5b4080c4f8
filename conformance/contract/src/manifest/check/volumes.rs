//! Volumes: where they are, and that snapshots hold what they should.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::model::{Capture, Volume, VolumeKind};
use super::super::node::Node;
use super::super::words::shown;
use super::super::{paths, raw};
use super::Check;

impl Check<'_> {
    pub(super) fn volumes(&mut self, node: &Node) -> BTreeMap<String, Volume> {
        let raw = self.raw;
        let volumes = raw.volumes.iter().map(|(name, volume)| {
            self.name(node.key(name), "volume", name);
            (name.clone(), self.volume(node.at(name), name, volume))
        });
        let volumes = volumes.collect();
        self.volume_places(node);
        volumes
    }

    fn volume(&mut self, node: &Node, name: &str, volume: &raw::Volume) -> Volume {
        self.mount_path(node.at("path"), "the path", &volume.path);
        if let Some(service) = self.service(node.at("service"), &volume.service)
            && service.tmpfs.contains(&volume.path)
        {
            let message = format!(
                "{} is scratch space (tmpfs) of service {}, too",
                shown(&volume.path),
                shown(&volume.service)
            );
            self.report
                .add(&node.at("path").span, message)
                .expected("a volume for state, or tmpfs for scratch files");
        }
        self.capture(node, name, volume);
        Volume {
            service: volume.service.clone(),
            path: volume.path.clone(),
            kind: match volume.kind {
                raw::VolumeKind::Durable => VolumeKind::Durable,
                raw::VolumeKind::Rebuildable => VolumeKind::Rebuildable,
            },
            backup: match volume.backup {
                raw::Capture::Files => Capture::Files,
                raw::Capture::Hooks => Capture::Hooks,
            },
        }
    }

    /// A durable volume that no hook saves or loads would be lost with every green light on.
    fn capture(&mut self, node: &Node, name: &str, volume: &raw::Volume) {
        if volume.kind == raw::VolumeKind::Rebuildable {
            if node.has("backup") {
                self.report
                    .add(node.key("backup"), "a rebuildable volume is in no snapshot")
                    .expected("kind = \"durable\", or no `backup`");
            }
            return;
        }
        let hooks = &self.raw.hooks;
        let needed =
            [("pre_backup", hooks.pre_backup.is_empty()), ("post_restore", hooks.post_restore.is_empty())];
        for (hook, _) in needed.iter().filter(|(_, missing)| *missing && volume.backup == raw::Capture::Hooks)
        {
            self.report
                .add(
                    &node.at("backup").span,
                    format!("hooks save volume {}, but there is no {hook} hook", shown(name)),
                )
                .expected(format!("a table [[hooks.{hook}]], or backup = \"files\""));
        }
    }

    /// Two volumes of a service may not share a place.
    fn volume_places(&mut self, node: &Node) {
        let right = |volume: &raw::Volume| paths::mountable(&volume.path).is_ok();
        let volumes: Vec<_> = self.raw.volumes.iter().filter(|(_, volume)| right(volume)).collect();
        let mut places = BTreeMap::new();
        for (name, volume) in &volumes {
            if let Some(other) = places.insert((&volume.service, Path::new(&volume.path)), name) {
                let message =
                    format!("volume {} is at the same path as volume {}", shown(name), shown(other));
                self.report.add(&node.at(name).at("path").span, message).expected("a path of its own");
            }
        }
        for (name, volume) in &volumes {
            let outer = Path::new(&volume.path).ancestors().skip(1);
            if let Some(other) = outer.filter_map(|path| places.get(&(&volume.service, path))).next() {
                let message = format!("volume {} is inside volume {}", shown(name), shown(other));
                let expected = "a path beside it, so that each can be restored on its own";
                self.report.add(&node.at(name).at("path").span, message).expected(expected);
            }
        }
    }
}

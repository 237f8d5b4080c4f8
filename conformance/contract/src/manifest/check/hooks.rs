//! Hooks: programs of the project, below one folder.

use std::path::PathBuf;

use super::super::model::{Hook, Hooks};
use super::super::node::Node;
use super::super::words::{quoted, shown};
use super::super::{paths, raw};
use super::{Check, DAY};

impl Check<'_> {
    pub(super) fn hooks(&mut self, node: &Node) -> Hooks {
        let hooks = &self.raw.hooks;
        Hooks {
            pre_backup: self.hook_list(node.at("pre_backup"), &hooks.pre_backup),
            post_backup: self.hook_list(node.at("post_backup"), &hooks.post_backup),
            post_restore: self.hook_list(node.at("post_restore"), &hooks.post_restore),
        }
    }

    fn hook_list(&mut self, node: &Node, hooks: &[raw::Hook]) -> Vec<Hook> {
        hooks.iter().enumerate().map(|(index, hook)| self.hook(node.item(index), hook)).collect()
    }

    fn hook(&mut self, node: &Node, hook: &raw::Hook) -> Hook {
        self.service(node.at("service"), &hook.service);
        if let Some(image) = &hook.image {
            self.image(node.at("image"), image);
        }
        Hook {
            service: hook.service.clone(),
            run: self.hook_file(node.at("run"), &hook.run),
            image: hook.image.clone(),
            timeout: self.period(node.at("timeout"), &hook.timeout, DAY),
        }
    }

    fn hook_file(&mut self, node: &Node, run: &str) -> PathBuf {
        if paths::is_hook(run) {
            return PathBuf::from(run);
        }
        self.report
            .add(&node.span, format!("the hook {} is no file below civic/hooks/", shown(run)))
            .expected("a path without `..`, such as \"civic/hooks/pre-backup\"")
            .suggest(paths::to_hook(run).as_deref().map(quoted));
        PathBuf::new()
    }
}

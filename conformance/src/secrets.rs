//! Values of the manifest's secrets, made afresh for each run and shown to nobody but the app.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use civic_contract::manifest::{Encoding, Manifest, Secret};
use rand::Rng;

use crate::recorder::Recorder;

/// The secrets of one run.
pub struct Secrets {
    values: BTreeMap<String, String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values.keys()).finish()
    }
}

impl Secrets {
    /// Makes all secrets and has the recorder mask them. A declared fixed `value`, or a template of nothing but
    /// such, stands in civic.toml for all to read and is not masked: it may be an ordinary word.
    pub fn generate(manifest: &Manifest, recorder: &Recorder) -> Self {
        let mut values = BTreeMap::new();
        for name in manifest.secrets.keys() {
            let value = make(manifest, name, &mut values);
            match manifest.secrets[name] {
                Secret::Generate { .. } => recorder.mask_random(name, &value),
                _ if is_random(manifest, name) => recorder.mask(name, &value),
                _ => {}
            }
        }
        Self { values }
    }

    /// A secret's value; empty for a name the manifest does not have.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }
}

/// Templates refer to other secrets, which are made first; the manifest has no cycle.
fn make(manifest: &Manifest, name: &str, values: &mut BTreeMap<String, String>) -> String {
    if let Some(made) = values.get(name) {
        return made.clone();
    }
    let value = match manifest.secrets.get(name) {
        None => String::new(),
        Some(Secret::Value(value)) => value.clone(),
        Some(Secret::Generate { encoding, bytes }) => random(*encoding, *bytes),
        Some(Secret::Template(template)) => {
            crate::template::fill(template, &mut |name| Some(make(manifest, name, values)))
        }
    };
    values.insert(name.into(), value.clone());
    value
}

/// Whether any part of a secret is generated.
fn is_random(manifest: &Manifest, name: &str) -> bool {
    match manifest.secrets.get(name) {
        None | Some(Secret::Value(_)) => false,
        Some(Secret::Generate { .. }) => true,
        Some(Secret::Template(template)) => {
            let mut random = false;
            crate::template::fill(template, &mut |name| {
                random |= is_random(manifest, name);
                None
            });
            random
        }
    }
}

fn random(encoding: Encoding, bytes: usize) -> String {
    let mut raw = vec![0; bytes];
    rand::rng().fill_bytes(&mut raw);
    match encoding {
        Encoding::Hex => hex(&raw),
        Encoding::Base64 => STANDARD.encode(&raw),
    }
}

/// Two lower-case digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

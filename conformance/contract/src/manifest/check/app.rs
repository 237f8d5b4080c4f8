//! The app as a whole, and promises about it: tolerance, exemptions, escrow.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::model::{App, Escrow, Exemption, Tolerance};
use super::super::names;
use super::super::node::Node;
use super::super::words::{quoted, shown};
use super::{Check, DAY};

impl Check<'_> {
    pub(super) fn app(&mut self, node: &Node) -> App {
        let app = &self.raw.app;
        if !names::is_app_name(&app.name) {
            self.report
                .add(&node.at("name").span, format!("the app cannot be called {}", shown(&app.name)))
                .expected(names::APP_RULE)
                .suggest(names::to_name(&app.name).as_deref().map(quoted));
        }
        self.sentence(node.at("summary"), "summary", &app.summary);
        self.licence(node.at("licence"), &app.licence);
        App {
            name: app.name.clone(),
            summary: app.summary.clone(),
            case: app.case,
            maintainers: self.people(node.at("maintainers"), &app.maintainers),
            licence: app.licence.clone(),
        }
    }

    fn licence(&mut self, node: &Node, licence: &str) {
        if names::is_licence(licence) {
            return;
        }
        let tries = [licence.trim().replace('/', " OR "), licence.trim().replace(' ', "-")];
        let suggestion = tries.iter().find(|fixed| names::is_licence(fixed));
        self.report
            .add(&node.span, format!("{} is no licence expression", shown(licence)))
            .expected("names from the SPDX list, such as \"MIT\" or \"Apache-2.0 OR MIT\"")
            .suggest(suggestion.map(|fixed| quoted(fixed)));
    }

    pub(super) fn tolerance(&mut self, node: &Node) -> Tolerance {
        let tolerance = &self.raw.tolerance;
        Tolerance {
            downtime: self.period(node.at("downtime"), &tolerance.downtime, DAY * 365),
            data_loss: self.period(node.at("data_loss"), &tolerance.data_loss, DAY * 365),
            boot: self.period(node.at("boot"), &tolerance.boot, DAY),
        }
    }

    pub(super) fn exemptions(&mut self, node: &Node) -> Vec<Exemption> {
        let mut seen = BTreeSet::new();
        let mut exemptions = Vec::new();
        for (index, exemption) in self.raw.exemptions.iter().enumerate() {
            let at = node.item(index);
            let drill = &exemption.drill.0;
            if !seen.insert(drill) {
                let message = format!("there is another exemption from {}", shown(drill));
                self.report.add(&at.at("drill").span, message).expected("one exemption with all reasons");
            }
            self.sentence(at.at("reason"), "reason", &exemption.reason);
            exemptions.push(Exemption {
                drill: drill.clone(),
                reason: exemption.reason.clone(),
                until: exemption.until.as_deref().and_then(|text| self.date(at.at("until"), text)),
            });
        }
        exemptions
    }

    fn date(&mut self, node: &Node, text: &str) -> Option<Date> {
        // The parser takes times as well, which would be dropped without a word.
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        if date.is_none() {
            self.report
                .add(&node.span, format!("{} is no day of the calendar", shown(text)))
                .expected("year, month and day, such as 2027-06-30");
        }
        date
    }

    pub(super) fn escrow(&mut self, node: &Node) -> Escrow {
        let escrow = &self.raw.escrow;
        for (index, name) in escrow.secrets.iter().enumerate() {
            self.secret(node.at("secrets").item(index), name);
        }
        self.no_repeats(node.at("secrets"), &escrow.secrets);
        if escrow.holders.is_empty() && !escrow.secrets.is_empty() {
            self.report
                .add(&node.at("secrets").span, "nobody keeps a copy of these secrets")
                .expected("holders = [\"Name <contact>\"], best two of them");
        }
        Escrow { secrets: escrow.secrets.clone(), holders: self.people(node.at("holders"), &escrow.holders) }
    }
}

//! The canary of an app that keeps no data: one page, which nothing else must be taken for.

use super::super::model::PageCanary;
use super::super::node::Node;
use super::super::raw;
use super::super::words::shown;
use super::Check;

/// What answers in place of an app that is broken, empty or not there, each with how it is called.
const IMPOSTORS: &[(&str, &str)] = &[
    ("an empty page", ""),
    (
        "a server's page without content",
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title></title>\n</head>\n\
         <body>\n</body>\n</html>\n",
    ),
    (
        "a server's error page",
        "<html>\n<head><title>404 Not Found</title></head>\n<body>\n<center><h1>404 Not Found</h1></center>\n\
         <hr><center>nginx/1.27.0</center>\n</body>\n</html>\n",
    ),
    (
        "a server's error page",
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>500 Internal Server Error\
         </title>\n</head><body>\n<h1>Internal Server Error</h1>\n<p>The server encountered an internal error.</p>\n\
         </body></html>\n",
    ),
    ("a proxy's error page", "<html><body><h1>502 Bad Gateway</h1></body></html>\n503 Service Unavailable\n"),
    ("an error in JSON", "{\"error\":\"Internal Server Error\",\"message\":\"not found\",\"status\":500}\n"),
    (
        "a web server's welcome page",
        "<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1></body></html>\n\
         <html><body><h1>It works!</h1></body></html>\n",
    ),
];

impl Check<'_> {
    pub(super) fn page_canary(&mut self, node: &Node, canary: &raw::PageCanary) -> Option<PageCanary> {
        self.demand_no_data(node);
        self.service_with_port(node.at("service"), &canary.service);
        let path = self.request_path(node.at("path"), &canary.path);
        let expect = self.pattern(node.at("expect"), &canary.expect)?;
        if let Some((impostor, _)) = IMPOSTORS.iter().find(|(_, page)| expect.is_match(page)) {
            let message = format!("{} is found in {impostor}, too", shown(&canary.expect));
            let expected = "words that only this page of your app has, such as its title";
            self.report.add(&node.at("expect").span, message).expected(expected);
        }
        Some(PageCanary { service: canary.service.clone(), path, expect, status: canary.status })
    }

    /// Data that nobody asks for again would be lost with every green light on.
    fn demand_no_data(&mut self, node: &Node) {
        let durable = self.raw.volumes.iter().find(|(_, volume)| volume.kind == raw::VolumeKind::Durable);
        if let Some((name, _)) = durable {
            let message = format!(
                "the app keeps data in the durable volume {}, and a page does not show whether it survives",
                shown(name)
            );
            let expected = "kind = \"app\", \"database\" or \"volume\"";
            self.report.add(&node.at("kind").span, message).expected(expected);
        }
    }
}

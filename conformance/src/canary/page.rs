//! The page of an app that keeps no data: it comes as expected, or it does not. Nothing is written.

use std::time::Duration;

use civic_contract::manifest::PageCanary;

use super::Write;
use crate::access::Access;
use crate::http::{Answer, HttpError, Request};

/// Asks for the page once; the answer counts as a write, because the load of a drill is made of such requests.
pub(super) async fn write(access: &Access, page: &PageCanary, limit: Duration) -> Write {
    match ask(access, page, limit).await {
        Ok(()) => Write::Acknowledged,
        Err(HttpError::NotSent(reason)) => Write::Failed(reason),
        Err(HttpError::NoAnswer(reason)) => Write::Unknown(reason),
    }
}

/// Asks for the page once more.
pub(super) async fn read(access: &Access, page: &PageCanary, limit: Duration) -> Result<(), String> {
    ask(access, page, limit).await.map_err(|error| error.to_string())
}

async fn ask(access: &Access, page: &PageCanary, limit: Duration) -> Result<(), HttpError> {
    let answer = access.http(&page.service, &Request::get(&page.path), limit).await?;
    is_the_page(page, &answer).map_err(HttpError::NotSent)
}

fn is_the_page(page: &PageCanary, answer: &Answer) -> Result<(), String> {
    let text = answer.text();
    let shown = |text: &str| text.trim().chars().take(200).collect::<String>();
    if answer.status != page.status {
        let (path, status) = (&page.path, answer.status);
        return Err(format!("GET {path} answered {status} instead of {}: {}", page.status, shown(&text)));
    }
    match page.expect.is_match(&text) {
        true => Ok(()),
        false if text.trim().is_empty() => Err(format!("GET {} answered an empty page", page.path)),
        false => Err(format!("GET {} answered without what `expect` asks for: {}", page.path, shown(&text))),
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    fn judged(status: u16, body: &str) -> Result<(), String> {
        let expect = Regex::new("<h1>Court fees</h1>").unwrap();
        let page = PageCanary { service: "web".into(), path: "/fees".into(), expect, status: 200 };
        is_the_page(&page, &Answer { status, body: body.into(), ..Answer::default() })
    }

    #[test]
    fn only_the_page_itself_is_taken_for_the_page() {
        assert_eq!(judged(200, "<body><h1>Court fees</h1></body>"), Ok(()));
        let told =
            [judged(200, " \n"), judged(200, "Something went wrong"), judged(503, "<h1>Court fees</h1>")];
        insta::assert_snapshot!(told.map(Result::unwrap_err).join("\n"), @r"
        GET /fees answered an empty page
        GET /fees answered without what `expect` asks for: Something went wrong
        GET /fees answered 503 instead of 200: <h1>Court fees</h1>
        ");
    }
}

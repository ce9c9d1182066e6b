//! `GET /dev/mailbox`: the mail that would have been sent. The route exists in development only.

use latchkey_edge::model::{ListMail, Mail};
use latchkey_edge::{Call, Key, Page, Problem, Reply, db};
use latchkey_store::dispatch;

use crate::mail;

pub(crate) async fn list_mail(call: Call) -> Result<Reply, Problem> {
    let query: ListMail = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let before = match page.after() {
        Some(key) => Some((key.integer(0)?, key.text(1)?)),
        None => None,
    };
    let recipient = query.to.as_ref().map(|email| email.key());
    let mails = dispatch::mails(&db().await?, recipient, before, page.rows_wanted()).await?;
    let keys = call.settings().secret_keys()?;
    let entries = mails
        .iter()
        .map(|row| (Key::new([row.created_at.into(), row.id.clone().into()]), mail::write(row, keys, call.settings())));
    let page = page.page(entries.collect());
    Ok(if call.head().prefers_html() {
        Reply::html(html(&page, call.settings().product_name.as_str()))
    } else {
        Reply::page(&page)
    })
}

fn html(page: &Page<Mail>, product: &str) -> String {
    let mut body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Mailbox</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}}\
         article{{border:1px solid #ccc;border-radius:.5rem;padding:.75rem 1rem;margin:1rem 0}}h2{{font-size:1rem;margin:0}}\
         pre{{white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0 0}}small{{color:#666}}</style>\
         <h1>{} mailbox</h1><p>Mail that would have been sent. This page exists in development only.</p>",
        escaped(product)
    );
    if page.data.is_empty() {
        body.push_str("<p>No mail yet.</p>");
    }
    for mail in &page.data {
        body.push_str(&format!(
            "<article><h2>{}</h2><small>to {} at {}</small><pre>{}</pre></article>",
            escaped(&mail.subject),
            escaped(&mail.to),
            mail.created_at,
            escaped(&mail.text)
        ));
    }
    body
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

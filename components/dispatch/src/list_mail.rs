//! `GET /dev/mailbox`: the mail that would have been sent. The route exists in development only.

use latchkey_edge::model::{ListMail, Mail};
use latchkey_edge::{Call, Key, Page, Problem, Reply, Timestamp, db};
use latchkey_store::outbox;

use crate::mail::{self, Written};

pub(crate) async fn list_mail(call: Call) -> Result<Reply, Problem> {
    let query: ListMail = call.query()?;
    let page = call.page(query.limit, query.cursor.as_ref())?;
    let before = match page.after() {
        Some(key) => Some((key.integer(0)?, key.text(1)?)),
        None => None,
    };
    let recipient = query.to.as_ref().map(|email| email.key());
    let mails = outbox::mails(&db().await?, recipient, before, page.rows_wanted()).await?;
    let language = call.settings().mail().map(|mail| mail.language)?;
    let shown = |row: &outbox::Mail| {
        Ok((
            Key::new([row.created_at.into(), row.id.clone().into()]),
            shown(row, mail::write(row, call.settings(), language)?),
        ))
    };
    let entries: Vec<(Key, Mail)> = mails.iter().map(shown).collect::<Result<_, Problem>>()?;
    let page = page.page(entries);
    Ok(if call.head().prefers_html() {
        Reply::html(html(&page, call.settings().product_name.as_str()))
    } else {
        Reply::page(&page)
    })
}

/// A mail as the page shows it; one whose matter has ended says so.
fn shown(row: &outbox::Mail, written: Option<Written>) -> Mail {
    let (letter, code, token) = match written {
        Some(Written { letter, code, token }) => (Some(letter), code, token),
        None => (None, None, None),
    };
    Mail {
        id: row.id.clone(),
        to: row.recipient.clone(),
        subject: letter
            .as_ref()
            .map_or_else(|| format!("A mail that is {}", mail::VOID), |letter| letter.subject.clone()),
        text: letter.as_ref().map(|letter| letter.text()).unwrap_or_default(),
        html: letter.as_ref().map(|letter| letter.html()).unwrap_or_default(),
        kind: row.kind.clone(),
        code,
        token,
        created_at: Timestamp(row.created_at),
    }
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

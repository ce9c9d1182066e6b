//! `GET /v1/orgs/{org}/audit/export`: the whole list in one answer, which is made while it is sent.

use latchkey_domain::OrgId;
use latchkey_edge::change::ask;
use latchkey_edge::export::{self, Exported};
use latchkey_edge::field_types::PageLimit;
use latchkey_edge::limits::EXPORT_PAGE_ROWS;
use latchkey_edge::model::{AuditEntry, ExportAudit, ExportFormat};
use latchkey_edge::{Call, Coming, PageRequest, Pieces, Problem, Reply, clock, db};
use latchkey_store::audit::{Entry, List, Order, Place};
use latchkey_store::context::Ask;

use crate::reading::{self, Filters};

pub(crate) async fn export_audit(call: Call) -> Result<Reply, Problem> {
    let org: OrgId = call.path("org")?;
    let query: ExportAudit = call.query()?;
    let page = call.page(PageLimit(EXPORT_PAGE_ROWS), query.cursor.as_ref())?;
    let export = Export {
        filters: Filters::from(&query),
        after: reading::after(&page)?,
        format: query.format,
        progress: Progress::Beginning,
        position: 0,
        page,
        org,
        call,
    };
    let total = reading::total(&db().await?, &ask(&export.call, None), &export.org, &export.list()).await?;
    let (media_type, extension) = match export.format {
        ExportFormat::Ndjson => ("application/x-ndjson", "ndjson"),
        ExportFormat::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
    };
    let file = format!("attachment; filename=\"audit-{}.{extension}\"", export.org);
    Ok(Reply::stream(media_type, export)
        .header("content-disposition", file)
        .header("latchkey-export-total", total.to_string()))
}

/// An export on its way: where it stands, and what it needs to go on.
struct Export {
    call: Call,
    org: OrgId,
    filters: Filters,
    page: PageRequest,
    format: ExportFormat,
    after: Option<Place>,
    progress: Progress,
    /// Of the last entry sent, in this answer.
    position: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Beginning,
    UnderWay,
    Complete,
}

impl Pieces for Export {
    fn next(&mut self) -> Coming<'_> {
        Box::pin(self.piece())
    }
}

impl Export {
    fn list(&self) -> List<'_> {
        let rows_max = i64::from(EXPORT_PAGE_ROWS);
        let (filter, after) = (self.filters.filter(), self.after.as_ref());
        List { filter, order: Order::OldestFirst, after, scope: None, rows_max }
    }

    /// One page of the list as text. Who asks is looked at again for each: whoever has lost the right gets no further.
    async fn piece(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        if self.progress == Progress::Complete {
            return Ok(None);
        }
        let ask = Ask { now: clock::now().0, ..ask(&self.call, None) };
        let entries = reading::entries(&db().await?, &ask, &self.org, &self.list()).await?;
        let mut text = match (self.progress, self.format) {
            (Progress::Beginning, ExportFormat::Csv) => export::csv_head().into_bytes(),
            _ => Vec::new(),
        };
        let is_last = entries.len() < usize::try_from(EXPORT_PAGE_ROWS).unwrap_or(usize::MAX);
        self.progress = if is_last { Progress::Complete } else { Progress::UnderWay };
        for entry in entries {
            self.write(entry, &mut text)?;
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn write(&mut self, entry: Entry, text: &mut Vec<u8>) -> Result<(), Problem> {
        let place = entry.place();
        self.position += 1;
        let cursor = self.page.cursor(&reading::key(&place));
        self.after = Some(place);
        let exported = Exported { position: self.position, cursor, entry: AuditEntry::from(entry) };
        match self.format {
            ExportFormat::Csv => exported.write_csv(text)?,
            ExportFormat::Ndjson => exported.write_ndjson(text)?,
        }
        Ok(())
    }
}

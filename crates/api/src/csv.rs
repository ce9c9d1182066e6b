//! Lines of CSV (RFC 4180) that are safe to open in a spreadsheet.

/// One line with its end.
pub fn line<T: AsRef<str>>(fields: &[T]) -> String {
    let fields: Vec<String> = fields.iter().map(|field| quoted(harmless(field.as_ref()))).collect();
    format!("{}\r\n", fields.join(","))
}

/// What a spreadsheet would take for a formula begins with an apostrophe instead: people name themselves, and log lines
/// are opened by others.
fn harmless(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{field}") } else { field.to_owned() }
}

fn quoted(field: String) -> String {
    if field.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn what_would_end_a_field_is_quoted() {
        assert_eq!(line(&["a", "", "b c"]), "a,,b c\r\n");
        assert_eq!(line(&["a,b", "say \"hi\"", "two\nlines"]), "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
    }

    #[test]
    fn formulas_are_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"] {
            assert_eq!(line(&[formula]), format!("'{formula}\r\n"));
        }
        assert_eq!(
            line(&["\r=x", "=HYPERLINK(\"http://x\",\"y\")"]),
            "\"'\r=x\",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\r\n"
        );
        assert_eq!(line(&["a=b", "1-2"]), "a=b,1-2\r\n");
    }
}

//! A table as a person reads it: a head of roles, then a row per action with a cell per role.

/// What a page says of each role and action.
pub(crate) struct Table {
    pub(crate) roles: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) action: String,
    /// One for each role of the table, in its order.
    pub(crate) cells: Vec<&'static str>,
}

impl Table {
    /// Lines that start with `#` are headings and remarks. Cells are words without blanks; actions may have several words.
    pub(crate) fn parse(text: &'static str) -> Self {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let roles: Vec<&str> = lines.next().expect("a head of roles").split_whitespace().collect();
        let rows = lines.map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert!(words.len() > roles.len(), "too few cells: {line}");
            let (action, cells) = words.split_at(words.len() - roles.len());
            Row { action: action.join(" "), cells: cells.to_vec() }
        });
        let rows: Vec<Row> = rows.collect();
        for (i, row) in rows.iter().enumerate() {
            assert!(rows[..i].iter().all(|other| other.action != row.action), "twice: {}", row.action);
        }
        Self { rows, roles }
    }
}

impl Row {
    /// Whether the row is about a permission (`badge.create`) and not about a request (`invite admin`).
    pub(crate) fn is_permission(&self) -> bool {
        self.action.contains('.')
    }
}

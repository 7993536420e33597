//! What a person would look at inside a device: rows under headings.

/// A table of a device's state, such as a filtering database or a route table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the table is: `filtering database`, `neighbours`, `routes`, …
    pub title: &'static str,
    /// The headings, units included: `age (s)`.
    pub columns: Vec<&'static str>,
    /// The rows, in a stated and stable order; each as long as `columns`.
    pub rows: Vec<Vec<String>>,
}

//! Who answers in this lab, and by which letter.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::page::Page;
use crate::record::Request;
use crate::report::Report;

/// The targets of the requests as roles: each has a name and a letter, in the order of the names.
pub(super) struct Cast {
    /// The names by role.
    pub(super) names: Vec<String>,
    /// The role of each target of the record.
    roles: Vec<usize>,
}

/// What became of a request, as a mark in a row of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Answered well by this role.
    Role(usize),
    /// Answered well, but by no target: by a balancer itself.
    Balancer,
    /// Not answered well.
    Failed,
}

impl Report {
    /// Who has an address, as a person says it: the node and the TCP port, or the address itself.
    pub(in crate::report) fn place_name(&self, address: SocketAddr) -> String {
        match self.directory.owner(address.ip()) {
            Some(node) => format!("{}:{}", self.directory.node(node), address.port()),
            None => address.to_string(),
        }
    }
}

impl Cast {
    pub(super) fn new(report: &Report) -> Self {
        let targets = &report.record.targets;
        let owner = |target: &SocketAddr| report.directory.owner(target.ip());
        let name = |target: &SocketAddr| match owner(target) {
            // A node that is asked at one address alone is known by its name.
            Some(node)
                if targets
                    .iter()
                    .filter(|other| owner(other) == Some(node))
                    .count()
                    == 1 =>
            {
                report.directory.node(node).to_string()
            }
            _ => report.place_name(*target),
        };
        let names: Vec<_> = targets.iter().map(name).collect();
        let mut roles: BTreeMap<&str, usize> = names.iter().map(|name| (&**name, 0)).collect();
        for (role, place) in roles.values_mut().zip(0..) {
            *role = place;
        }
        Self {
            roles: names.iter().map(|name| roles[&**name]).collect(),
            names: roles.into_keys().map(str::to_owned).collect(),
        }
    }

    /// The role that was asked in the end.
    pub(super) fn role(&self, request: &Request) -> Option<usize> {
        request.target.map(|target| self.roles[target as usize])
    }

    pub(super) fn mark(&self, request: &Request) -> Mark {
        match self.role(request) {
            _ if request.has_failed() => Mark::Failed,
            Some(role) => Mark::Role(role),
            None => Mark::Balancer,
        }
    }

    /// `A` to `Z`, then `A1` and so on.
    pub(super) fn letter(role: usize) -> String {
        let letter = char::from(b'A' + (role % 26) as u8);
        match role / 26 {
            0 => letter.to_string(),
            round => format!("{letter}{round}"),
        }
    }

    /// A mark as it stands in a row.
    pub(super) fn show(mark: Mark, page: &Page) -> String {
        match mark {
            Mark::Role(role) => page.role(role, &Self::letter(role)),
            Mark::Balancer => "*".to_owned(),
            Mark::Failed => page.bad("x"),
        }
    }
}

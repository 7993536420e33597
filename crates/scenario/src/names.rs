//! Names of nodes, and the MAC addresses that are made from names.

use std::collections::BTreeSet;
use std::ops::Range;

use switchlab_wire::MacAddr;
use toml::de::{DeTable, DeValue};

use crate::read::Problems;

/// The MAC addresses of a lab: those its file gives, and those made from names, no two of them alike.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    taken: BTreeSet<MacAddr>,
}

impl Addresses {
    /// Knows every address that stands behind a key `mac` anywhere in the file, so that none is made a
    /// second time.
    pub(crate) fn given_in(file: &DeTable<'_>) -> Self {
        let mut taken = BTreeSet::new();
        collect(file, &mut taken);
        Self { taken }
    }

    /// The address of the interface with this name; locally administered.
    ///
    /// Two names whose addresses would be alike are told apart in the order of asking, which is that
    /// of the names.
    pub(crate) fn make(&mut self, name: &str) -> MacAddr {
        let mut name = name.to_owned();
        loop {
            let address = MacAddr::from_name(&name);
            if self.taken.insert(address) {
                return address;
            }
            name.push('\'');
        }
    }
}

fn collect(table: &DeTable<'_>, taken: &mut BTreeSet<MacAddr>) {
    for (key, value) in table {
        match value.get_ref() {
            DeValue::String(text) if key.get_ref() == "mac" => {
                taken.extend(text.parse::<MacAddr>());
            }
            DeValue::Table(table) => collect(table, taken),
            DeValue::Array(items) => {
                let tables = items.iter().filter_map(|item| item.get_ref().as_table());
                tables.for_each(|table| collect(table, taken));
            }
            _ => {}
        }
    }
}

/// Judges a name: `NODE:PORT` and `NODE.APP.COUNTER` have to stay readable.
pub(crate) fn judge(name: &str, span: &Range<usize>, problems: &mut Problems) {
    if let Some(wrong) = wrong_with(name) {
        let help = "names are made of letters, digits, `-` and `_`";
        problems.helped(span, wrong, "not a name", help);
    }
}

/// What is wrong with a name, if anything.
fn wrong_with(name: &str) -> Option<String> {
    let is_fine = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    match name.chars().find(|c| !is_fine(*c)) {
        Some(c) => Some(format!("the name {name:?} holds {c:?}")),
        None if name.is_empty() => Some("the name is empty".to_owned()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_made_from_names_and_never_twice() {
        let given = MacAddr::from_name("web:0");
        let text = format!("[a.interface]\nmac = \"{given}\"");
        let table = DeTable::parse(&text).expect("it is TOML");
        let mut addresses = Addresses::given_in(table.get_ref());
        assert_eq!(
            addresses.make("client:0"),
            MacAddr::from_name("client:0"),
            "the name alone decides"
        );
        assert_ne!(
            addresses.make("web:0"),
            given,
            "this one is somebody else's"
        );
        assert_ne!(
            addresses.make("client:0"),
            MacAddr::from_name("client:0"),
            "this one is taken"
        );
    }

    #[test]
    fn names_can_be_told_from_ports_and_counters() {
        #[rustfmt::skip]
        let rows = [
            ("web-a",   None,                                "a dash is fine"),
            ("Straße_1", None,                               "letters are those of any script"),
            ("",        Some("the name is empty"),           "nothing is no name"),
            ("a:1",     Some("the name \"a:1\" holds ':'"),  "this reads as a port"),
            ("a.b",     Some("the name \"a.b\" holds '.'"),  "this reads as an application"),
        ];
        for (name, expected, because) in rows {
            assert_eq!(wrong_with(name).as_deref(), expected, "{because}");
        }
    }
}

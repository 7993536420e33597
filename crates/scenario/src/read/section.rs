//! A table of the file, asked for its keys one by one.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::located::Located;
use super::value::FromToml;
use super::{Problems, all_of, nearest, one_of};

/// Keys that are easily put below a heading by mistake, where TOML takes them for that table's.
const TOP: [&str; 4] = ["seed", "until", "epoch", "budget"];

/// A table of the file.
#[derive(Debug, Clone)]
pub(crate) struct Section<'a> {
    table: &'a DeTable<'a>,
    /// The place of its heading.
    pub(crate) span: Range<usize>,
    /// Its keys from the top of the file, with points between; nothing for the file itself.
    path: String,
    /// Whether it is one of a list.
    is_item: bool,
    asked: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// The whole file.
    pub(crate) fn file(table: &'a DeTable<'a>) -> Self {
        Self {
            table,
            span: 0..0,
            path: String::new(),
            is_item: false,
            asked: Vec::new(),
        }
    }

    /// What a person calls it: `[node.alb]`, `[[link]]`.
    pub(crate) fn title(&self) -> String {
        match (self.path.as_str(), self.is_item) {
            ("", _) => "the file".to_owned(),
            (path, true) => format!("[[{path}]]"),
            (path, false) => format!("[{path}]"),
        }
    }

    /// Whether a key is there, without asking for it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The place of a key's value, or of the section if the key is not there.
    pub(crate) fn place(&self, key: &str) -> Range<usize> {
        self.table
            .get(key)
            .map_or_else(|| self.span.clone(), Spanned::span)
    }

    fn get(&mut self, key: &'static str) -> Option<(&'a DeValue<'a>, Range<usize>)> {
        self.asked.push(key);
        self.table
            .get(key)
            .map(|value| (value.get_ref(), value.span()))
    }

    /// The value of a key, if it is there and right.
    pub(crate) fn value<T: FromToml>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Located<T>> {
        let (value, span) = self.get(key)?;
        read(value, &span, key, problems).map(|value| Located { value, span })
    }

    /// The value of a key, or this if it is not there or not right.
    pub(crate) fn or<T: FromToml>(
        &mut self,
        key: &'static str,
        default: T,
        problems: &mut Problems,
    ) -> T {
        self.value(key, problems)
            .map_or(default, |located| located.value)
    }

    /// The value of a key that has to be there.
    pub(crate) fn required<T: FromToml>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Located<T>> {
        self.require(key, T::EXPECTED, problems);
        self.value(key, problems)
    }

    /// Says that a key has to be there, without asking for it.
    pub(crate) fn require(&self, key: &str, meaning: &str, problems: &mut Problems) {
        if !self.has(key) {
            let message = format!("{} needs the key `{key}`", self.title());
            problems.helped(
                &self.span,
                message,
                format!("no `{key}` here"),
                format!("`{key}` is {meaning}"),
            );
        }
    }

    /// One of several names; kebab-case, though ELB's own spelling with underscores is understood too.
    pub(crate) fn choice<T: Clone>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
        problems: &mut Problems,
    ) -> Option<Located<T>> {
        let Located { value: given, span } = self.value::<String>(key, problems)?;
        let kebab = given.replace('_', "-").to_ascii_lowercase();
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == kebab) {
            return Some(Located {
                value: choice.clone(),
                span,
            });
        }
        let names = || choices.iter().map(|(name, _)| *name);
        let help = match nearest(&kebab, names()) {
            Some(name) => format!("did you mean \"{name}\"?"),
            None => format!("`{key}` is {}", one_of(names())),
        };
        problems.helped(
            &span,
            format!("{given:?} is no {key}"),
            "not known here",
            help,
        );
        None
    }

    /// A list of values, each with its place; one value alone stands for a list of one.
    pub(crate) fn list<T: FromToml>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Vec<Located<T>>> {
        let (value, span) = self.get(key)?;
        let Some(items) = value.as_array() else {
            return read(value, &span, key, problems).map(|value| vec![Located { value, span }]);
        };
        let items = items.iter().filter_map(|item| {
            let span = item.span();
            read(item.get_ref(), &span, key, problems).map(|value| Located { value, span })
        });
        Some(items.collect())
    }

    /// A list of values or tables, each by itself; one alone stands for a list of one.
    pub(crate) fn values_or_sections<T: FromToml>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Vec<Result<Located<T>, Section<'a>>> {
        let Some((value, span)) = self.get(key) else {
            return Vec::new();
        };
        let items: Vec<_> = match value.as_array() {
            Some(items) => items
                .iter()
                .map(|item| (item.get_ref(), item.span()))
                .collect(),
            None => vec![(value, span)],
        };
        let mut read_item = |(value, span): (&'a DeValue<'a>, Range<usize>)| {
            if value.is_table() {
                return self.child(value, span, key, true, problems).map(Err);
            }
            read(value, &span, key, problems).map(|value| Ok(Located { value, span }))
        };
        items.into_iter().filter_map(&mut read_item).collect()
    }

    /// A table below this one.
    pub(crate) fn section(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Section<'a>> {
        let (value, span) = self.get(key)?;
        self.child(value, span, key, false, problems)
    }

    /// A list of tables, or one alone.
    pub(crate) fn tables(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Vec<Section<'a>> {
        match self.table.get(key) {
            Some(value) if value.get_ref().is_table() => {
                self.section(key, problems).into_iter().collect()
            }
            _ => self.sections(key, problems),
        }
    }

    /// A list of tables: `[[key]]`, or tables in brackets.
    pub(crate) fn sections(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Vec<Section<'a>> {
        let Some((value, span)) = self.get(key) else {
            return Vec::new();
        };
        let Some(items) = value.as_array() else {
            let message = format!("`{key}` should be a list of tables");
            problems.helped(
                &span,
                message,
                value.type_str(),
                format!("write `[[{key}]]`, or `{key} = [{{ … }}]`"),
            );
            return Vec::new();
        };
        let items = items.iter();
        items
            .filter_map(|item| self.child(item.get_ref(), item.span(), key, true, problems))
            .collect()
    }

    /// The tables below a key by their names: `[key.NAME]`, in byte order of the names.
    pub(crate) fn named(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Vec<(Located<String>, Section<'a>)> {
        let Some(mut group) = self.section(key, problems) else {
            return Vec::new();
        };
        group.all_named(problems)
    }

    /// Every key of this table with its value, in byte order of the keys, when the keys are free.
    pub(crate) fn all<T: FromToml>(&self, problems: &mut Problems) -> Vec<(String, T)> {
        let mut all = Vec::new();
        for (key, value) in self.table {
            let (name, span) = (key.get_ref().to_string(), value.span());
            let value = read(value.get_ref(), &span, &name, problems);
            all.extend(value.map(|value| (name, value)));
        }
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all
    }

    /// Every table right below this one by its name, in byte order of the names.
    pub(crate) fn all_named(
        &mut self,
        problems: &mut Problems,
    ) -> Vec<(Located<String>, Section<'a>)> {
        let mut named: Vec<_> = Vec::new();
        for (name, value) in self.table {
            let located = Located {
                value: name.get_ref().to_string(),
                span: name.span(),
            };
            if let Some(section) = self.child(
                value.get_ref(),
                value.span(),
                &located.value,
                false,
                problems,
            ) {
                named.push((located, section));
            }
        }
        named.sort_by(|(a, _), (b, _)| a.value.cmp(&b.value));
        named
    }

    fn child(
        &self,
        value: &'a DeValue<'a>,
        span: Range<usize>,
        name: &str,
        is_item: bool,
        problems: &mut Problems,
    ) -> Option<Self> {
        let Some(table) = value.as_table() else {
            let kind = article(value.type_str());
            let help = if is_item {
                format!("write `[[{name}]]`, or `{name} = [{{ … }}]`")
            } else {
                format!("write `[{name}]`, or `{name} = {{ … }}`")
            };
            problems.helped(
                &span,
                format!("`{name}` should be a table"),
                format!("this is {kind}"),
                help,
            );
            return None;
        };
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        Some(Self {
            table,
            span,
            path,
            is_item,
            asked: Vec::new(),
        })
    }

    /// The keys it was asked for so far.
    pub(crate) fn asked(&self) -> &[&'static str] {
        &self.asked
    }

    /// Asks for a key that belongs to somebody else.
    pub(crate) fn ignore(&mut self, key: &'static str) {
        self.asked.push(key);
    }

    /// Notes every key that nobody asked for, and says whether there was none.
    pub(crate) fn finish(&self, problems: &mut Problems) -> bool {
        let is_unknown =
            |key: &&Spanned<DeString<'_>>| !self.asked.contains(&key.get_ref().as_ref());
        let unknown: Vec<_> = self.table.keys().filter(is_unknown).collect();
        for key in &unknown {
            let (given, place) = (key.get_ref(), self.title());
            let help = match nearest(given, self.asked.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None if TOP.contains(&given.as_ref()) => {
                    format!("`{given}` stands at the top of a lab file, before the first table")
                }
                None => format!(
                    "the keys of {place} are {}",
                    all_of(self.asked.iter().copied())
                ),
            };
            problems.helped(
                &key.span(),
                format!("{place} has no key `{given}`"),
                "unknown key",
                help,
            );
        }
        unknown.is_empty()
    }
}

fn read<T: FromToml>(
    value: &DeValue<'_>,
    span: &Range<usize>,
    key: &str,
    problems: &mut Problems,
) -> Option<T> {
    match T::from_toml(value) {
        Ok(value) => Some(value),
        Err(Some(wrong)) => {
            problems.helped(
                span,
                wrong,
                "out of place",
                format!("`{key}` is {}", T::EXPECTED),
            );
            None
        }
        Err(None) => {
            let kind = article(value.type_str());
            problems.helped(
                span,
                format!("`{key}` cannot be {kind}"),
                format!("this is {kind}"),
                format!("`{key}` is {}", T::EXPECTED),
            );
            None
        }
    }
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}

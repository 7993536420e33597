//! A line of `--requests`: JSON, read key by key, so that whatever is wrong is told by the key's name.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeOwned, Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Question, SOMEBODY};

/// The keys of a line; what has `raw` has none of those before it.
const KEYS: [&str; 7] = ["method", "url", "headers", "body", "raw", "from", "id"];

/// A question with what its asker calls it, to be repeated as it is written.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) id: Option<Box<RawValue>>,
    pub(crate) question: Question,
}

/// A line that is no question.
#[derive(Debug)]
pub(crate) struct Unasked {
    /// What its asker calls it, as far as that can be read.
    pub(crate) id: Option<Box<RawValue>>,
    /// What is not right with it.
    pub(crate) because: String,
}

impl Named {
    /// Reads a line of `--requests`.
    ///
    /// # Errors
    /// What is not right with it.
    pub(crate) fn read(line: &[u8]) -> Result<Self, Unasked> {
        let line = Line::read(line).map_err(|because| Unasked { id: None, because })?;
        match line.question() {
            Ok(question) => Ok(Self {
                id: line.id(),
                question,
            }),
            Err(because) => Err(Unasked {
                id: line.id(),
                because,
            }),
        }
    }
}

/// The members of a JSON object, as they are written.
struct Line(Vec<(String, Box<RawValue>)>);

impl Line {
    fn read(line: &[u8]) -> Result<Self, String> {
        let mut json = serde_json::Deserializer::from_slice(line);
        let members = json.deserialize_map(Members);
        let members = members.and_then(|members| json.end().map(|()| members));
        members.map(Self).map_err(|error| {
            let what = error
                .to_string()
                .replace(" at line 1 column ", ", at octet ");
            format!("it is not one JSON object with `url` or `raw`: {what}")
        })
    }

    fn id(&self) -> Option<Box<RawValue>> {
        let mut members = self.0.iter();
        let (_, id) = members.find(|(key, _)| key == "id")?;
        Some(id.clone())
    }

    /// The value of a key; null is none.
    fn value<T: DeserializeOwned>(&self, key: &str, right: &str) -> Result<Option<T>, String> {
        let mut members = self.0.iter();
        let Some((_, value)) = members.find(|(name, _)| name == key) else {
            return Ok(None);
        };
        let value = value.get();
        serde_json::from_str(value)
            .map_err(|_| format!("`{key}` is {value}; {right} would be right"))
    }

    /// The octets of a key.
    fn octets(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        let text: Option<String> = self.value(key, "base64 in quotes")?;
        let octets = text.map(|text| STANDARD.decode(text)).transpose();
        octets.map_err(|error| format!("`{key}` is not base64: {error}"))
    }

    fn question(&self) -> Result<Question, String> {
        for (place, (key, _)) in self.0.iter().enumerate() {
            if !KEYS.contains(&key.as_str()) {
                return Err(format!(
                    "there is no key {key:?}; there is {}",
                    KEYS.join(", ")
                ));
            }
            if self.0[..place].iter().any(|(before, _)| before == key) {
                return Err(format!("`{key}` stands twice; once would be right"));
            }
        }
        let text = |key| self.value::<String>(key, "a text in quotes");
        let address = "an IP address in quotes, such as \"10.0.0.9\",";
        let from = self.value::<IpAddr>("from", address)?.unwrap_or(SOMEBODY);
        let pairs = "a list of pairs of texts, such as [[\"X-Beta\", \"on\"]],";
        let headers = self.value::<Vec<(String, String)>>("headers", pairs)?;
        let (method, url, body) = (text("method")?, text("url")?, self.octets("body")?);
        let Some(raw) = self.octets("raw")? else {
            let url = url.ok_or("it needs `url` or `raw`, one of both")?;
            let method = method.as_deref().unwrap_or("GET");
            let (headers, body) = (headers.unwrap_or_default(), body.unwrap_or_default());
            return Question::new(from, method, &url, &headers, &body);
        };
        let beside = [
            ("method", method.is_some()),
            ("url", url.is_some()),
            ("headers", headers.is_some()),
            ("body", body.is_some()),
        ];
        match beside.into_iter().find(|(_, is_there)| *is_there) {
            Some((key, _)) => Err(format!(
                "`{key}` stands beside `raw`, which is the whole request; one of both would be right"
            )),
            None => Ok(Question::raw(from, raw)),
        }
    }
}

/// Collects the members of an object.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Box<RawValue>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

//! Files of replies: which answers are in them, and of which resource each speaks.
//!
//! A file holds one answer or several: one after the other, in a list, or in an object by any name. An
//! answer is told by its member (`LoadBalancers`, `Listeners`, `Rules`, `TargetGroups`,
//! `TargetHealthDescriptions`, `Attributes`). The last two and rules without an ARN do not say whose
//! they are; then the [`Hints`] around them do.

use serde::de::DeserializeOwned;
use serde_json::{Deserializer, Map, Value};

use super::Reply;
use super::members::Members;
use super::refusal::{MALFORMED, Unreadable};
use super::shapes::{
    Attribute, Listener, LoadBalancer, Rule, TargetGroup, TargetHealthDescription, Text,
};
use super::whose::Kind;

/// Everything that the files answer, in the order in which it stands there.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) balancers: Vec<LoadBalancer>,
    pub(super) listeners: Vec<(Hints, Vec<Listener>)>,
    pub(super) rules: Vec<(Hints, Vec<Rule>)>,
    pub(super) groups: Vec<TargetGroup>,
    pub(super) health: Vec<(Hints, Vec<TargetHealthDescription>)>,
    pub(super) attributes: Vec<(Hints, Vec<Attribute>)>,
    /// The answers about load balancers, and those about target groups, empty or not.
    pub(super) asked_for: AskedFor,
    pub(super) notes: Vec<String>,
}

/// Which lists there are, and whether they are complete, so that what is not in them is not there.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct AskedFor {
    pub(super) balancers: Pages,
    pub(super) groups: Pages,
}

/// The pages of a list.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Pages {
    /// There is one that says that the list goes on.
    goes_on: bool,
    /// There is one that does not: the last, or the only one.
    ends: bool,
}

impl Pages {
    pub(super) fn take(&mut self, goes_on: bool) {
        self.goes_on |= goes_on;
        self.ends |= !goes_on;
    }

    /// Whether what is not in the list is not there.
    pub(super) fn are_whole(self) -> bool {
        self.ends
    }

    /// Whether pages are missing behind those that there are.
    pub(super) fn are_cut(self) -> bool {
        self.goes_on && !self.ends
    }
}

/// What tells whose answer it is, besides the answer itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Hints {
    /// The file.
    pub(super) file: String,
    /// Names around the answer, the nearest first: members it lies under, then the file's name.
    pub(super) names: Vec<String>,
    /// ARNs that stand beside the answer, the nearest first.
    pub(super) arns: Vec<String>,
    /// What else stands beside the answer as the name of a resource, the nearest first.
    named: Vec<(Kind, String)>,
    /// Where in the file it stands, as a JSON path; empty at the top.
    path: String,
    /// Whether the answer is a page that says that there are more.
    pub(super) goes_on: bool,
}

/// Members that name the resource of the answer beside them.
const NAMING: [(&str, Kind); 6] = [
    ("TargetGroupArn", Kind::Group),
    ("LoadBalancerArn", Kind::Balancer),
    ("ListenerArn", Kind::Listener),
    ("TargetGroupName", Kind::Group),
    ("LoadBalancerName", Kind::Balancer),
    ("ListenerName", Kind::Listener),
];

/// Members that hold answers.
const LISTS: [&str; 6] = [
    "LoadBalancers",
    "Listeners",
    "TargetGroups",
    "Rules",
    "TargetHealthDescriptions",
    "Attributes",
];

/// Members that tell where the next page of an answer begins: the API's, and the command line's.
const MARKS: [&str; 2] = ["NextMarker", "NextToken"];

/// Operations whose answers describe nothing that lasts: their names begin like this.
const OTHER_VERBS: [&str; 9] = [
    "Create",
    "Modify",
    "Set",
    "Add",
    "Remove",
    "Delete",
    "Register",
    "Deregister",
    "Wait",
];

/// Reads all files.
///
/// # Errors
/// Every file that is no JSON, and every answer that has not the shape of its kind.
pub(super) fn read(replies: &[Reply<'_>]) -> Result<Answers, Vec<Unreadable>> {
    let mut reader = Reader::default();
    for reply in replies {
        reader.file(reply);
    }
    if reader.errors.is_empty() {
        Ok(reader.answers)
    } else {
        Err(reader.errors)
    }
}

#[derive(Default)]
struct Reader {
    answers: Answers,
    errors: Vec<Unreadable>,
    found: usize,
}

impl Reader {
    fn file(&mut self, reply: &Reply<'_>) {
        let mut hints = Hints {
            file: reply.name.to_owned(),
            ..Hints::default()
        };
        let stem = reply.name.rsplit(['/', '\\']).next().unwrap_or_default();
        hints
            .names
            .push(stem.strip_suffix(".json").unwrap_or(stem).to_owned());
        let before = self.found;
        let text = reply.text.trim_start_matches('\u{feff}');
        for value in Deserializer::from_str(text).into_iter::<Value>() {
            match value {
                Ok(value) => self.value(&value, &hints),
                Err(error) => {
                    self.error(&hints, format!("this is not JSON: {error}"));
                    return;
                }
            }
        }
        if self.found == before {
            let file = reply.name;
            self.answers.notes.push(format!(
                "{file} holds no answer of describe-load-balancers, -listeners, -listener-attributes, -rules, \
                 -target-groups, -target-health, -load-balancer-attributes or -target-group-attributes"
            ));
        }
    }

    fn error(&mut self, hints: &Hints, message: String) {
        self.errors.push(Unreadable {
            code: MALFORMED,
            resource: hints.file.clone(),
            message,
        });
    }

    fn value(&mut self, value: &Value, hints: &Hints) {
        match value {
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate() {
                    let path = format!("{}[{place}]", hints.path);
                    let within = Hints {
                        path,
                        ..hints.clone()
                    };
                    self.value(item, &within);
                }
            }
            Value::Object(object) => self.object(object, hints),
            _ => {}
        }
    }

    fn object(&mut self, object: &Map<String, Value>, around: &Hints) {
        let mut hints = around.clone();
        for place in ["input", "Input", "Request"] {
            if let Some(Value::Object(asked)) = object.get(place) {
                hints.beside(asked);
            }
        }
        hints.beside(object);
        // A page of several; the last one has no mark.
        hints.goes_on = MARKS
            .iter()
            .filter_map(|mark| object.get(*mark)?.as_str())
            .any(|mark| !mark.is_empty());
        for (name, value) in object {
            let answers = &mut self.answers;
            match (name.as_str(), value) {
                ("LoadBalancers", Value::Array(items)) => {
                    answers.asked_for.balancers.take(hints.goes_on);
                    let shapes = self.shapes(items, name, &hints);
                    self.answers.balancers.extend(shapes);
                }
                ("Listeners", Value::Array(items)) => {
                    let shapes = self.shapes(items, name, &hints);
                    self.answers.listeners.push((hints.clone(), shapes));
                }
                ("TargetGroups", Value::Array(items)) => {
                    answers.asked_for.groups.take(hints.goes_on);
                    let shapes = self.shapes(items, name, &hints);
                    self.answers.groups.extend(shapes);
                }
                ("Rules", Value::Array(items)) => {
                    let shapes = self.shapes(items, name, &hints);
                    self.answers.rules.push((hints.clone(), shapes));
                }
                ("TargetHealthDescriptions", Value::Array(items)) => {
                    let shapes = self.shapes(items, name, &hints);
                    self.answers.health.push((hints.clone(), shapes));
                }
                ("Attributes", Value::Array(items)) => {
                    let shapes = self.shapes(items, name, &hints);
                    self.answers.attributes.push((hints.clone(), shapes));
                }
                ("input" | "Input" | "Request" | "ResponseMetadata", _) => {}
                (name, _) if OTHER_VERBS.iter().any(|verb| name.starts_with(verb)) => {}
                (name, Value::Array(_) | Value::Object(_)) => {
                    let mut within = hints.clone();
                    within.names.insert(0, name.to_owned());
                    within.path = hints.place_of(name);
                    self.value(value, &within);
                }
                (name, value) if LISTS.contains(&name) => {
                    let (place, kind) = (hints.place_of(name), kind_of(value));
                    self.error(
                        &hints,
                        format!("`{place}` is {kind}; a list would be right"),
                    );
                }
                _ => {}
            }
        }
    }

    fn shapes<T: DeserializeOwned>(
        &mut self,
        items: &[Value],
        name: &str,
        hints: &Hints,
    ) -> Vec<T> {
        self.found += 1;
        let mut shapes = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let place = format!("{}[{place}]", hints.place_of(name));
            if !item.is_object() {
                let kind = kind_of(item);
                self.error(
                    hints,
                    format!("`{place}` is {kind}; an object would be right"),
                );
                continue;
            }
            match serde_path_to_error::deserialize(Members(item)) {
                Ok(shape) => shapes.push(shape),
                Err(error) => {
                    let place = format!("{place}.{}", error.path());
                    self.error(hints, misshapen(&place, error.inner()));
                }
            }
        }
        shapes
    }
}

/// What a value is that is no list or object.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What is at a place and what would be right there, in the words of JSON: errors of serde read
/// `invalid type: FOUND, expected WANTED`.
fn misshapen(place: &str, error: &serde_json::Error) -> String {
    let error = error.to_string();
    let told = error
        .strip_prefix("invalid type: ")
        .or_else(|| error.strip_prefix("invalid value: "));
    match told.and_then(|told| told.rsplit_once(", expected ")) {
        Some((found, wanted)) => {
            let found = match found.split_once(' ') {
                Some((kind, value)) => match kind {
                    "string" => format!("the text {value}"),
                    "floating" => format!("the number {}", value.trim_start_matches("point ")),
                    "integer" => format!("the number {value}"),
                    _ => value.to_owned(),
                },
                None if found == "map" => "an object".to_owned(),
                None if found == "sequence" => "a list".to_owned(),
                None => found.to_owned(),
            };
            let wanted = match wanted {
                "a string" => "a text",
                "a sequence" => "a list",
                wanted => wanted,
            };
            format!("`{place}` is {found}; {wanted} would be right")
        }
        None => format!("`{place}`: {error}"),
    }
}

impl Hints {
    /// The JSON path of a member beside the answer.
    fn place_of(&self, member: &str) -> String {
        match self.path.is_empty() {
            true => member.to_owned(),
            false => format!("{}.{member}", self.path),
        }
    }

    /// Takes what an object says of whose answer it is.
    fn beside(&mut self, object: &Map<String, Value>) {
        for (naming, kind) in NAMING {
            if let Some(Value::String(value)) = object.get(naming) {
                self.say(kind, value);
            }
        }
    }

    /// Takes the ARN or the name of whose answer it is.
    pub(super) fn say(&mut self, kind: Kind, value: &str) {
        if value.contains(kind.part()) {
            self.arns.insert(0, value.to_owned());
        } else if !value.is_empty() {
            self.named.insert(0, (kind, value.to_owned()));
        }
    }

    /// The kinds of what is named beside the answer, the nearest first.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.named.iter().map(|(kind, _)| *kind)
    }

    /// The name of the answer's resource that is no guess: a member beside it, or behind `--` in a name around it.
    pub(super) fn name_of(&self, kind: Kind) -> Option<&str> {
        let beside = self.named.iter().find(|(other, _)| *other == kind);
        let behind = || {
            let mut behind = self.names.iter().filter_map(|name| name.split_once("--"));
            behind.next().map(|(_, behind)| behind)
        };
        beside.map(|(_, name)| &**name).or_else(behind)
    }

    /// Whether a name around the answer speaks of this kind, as in `target-health--NAME.json` or
    /// `DescribeTargetHealth`.
    pub(super) fn speak_of(&self, kind: &str) -> bool {
        let squeezed = |text: &str| text.replace(['-', '_', ' '], "").to_ascii_lowercase();
        self.names
            .iter()
            .any(|name| squeezed(name).contains(&squeezed(kind)))
    }

    /// What might be the name of the answer's resource, the nearest first: what a member beside it says, and
    /// nothing else; or the names around it, and what stands behind `--` in them.
    pub(super) fn candidates(&self, kind: Kind) -> impl Iterator<Item = &str> {
        let beside = self.named.iter().find(|(other, _)| *other == kind);
        let around = self.names.iter().filter(move |_| beside.is_none());
        let around = around.flat_map(|name| {
            let behind = name.split_once("--").map(|(_, behind)| behind);
            behind.into_iter().chain([name.as_str()])
        });
        beside.map(|(_, name)| &**name).into_iter().chain(around)
    }
}

impl Attribute {
    /// Key and value, as far as there are any.
    pub(super) fn pair(self) -> (String, String) {
        let value = self.value.unwrap_or(Text(String::new()));
        (self.key.unwrap_or_default(), value.0)
    }
}

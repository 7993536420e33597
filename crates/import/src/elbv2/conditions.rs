//! Conditions and transforms of a rule, from the API's shapes to those of layer 7.
//!
//! What ELB refuses of their values is known to layer 7; here is what only the shapes can have wrong.

use switchlab_l7::{Condition, Patterns, QueryPattern, Rewrite, Transforms};

use super::refusal::Court;
use super::shapes::{self, Rule, Text, Transform};

/// The fields, each with the member that belongs to it and whether it takes regular expressions.
const FIELDS: [(&str, &str, bool); 6] = [
    ("http-header", "HttpHeaderConfig", true),
    ("http-request-method", "HttpRequestMethodConfig", false),
    ("host-header", "HostHeaderConfig", true),
    ("query-string", "QueryStringConfig", false),
    ("path-pattern", "PathPatternConfig", true),
    ("source-ip", "SourceIpConfig", false),
];

/// The conditions of a rule; `None` of those that are wrong in a way that layer 7 cannot have.
pub(super) fn conditions(rule: &Rule, court: &mut Court<'_>) -> Vec<Condition> {
    let shapes = rule.conditions.iter().flatten();
    shapes.filter_map(|shape| condition(shape, court)).collect()
}

/// What a condition holds, wherever it stands.
struct Content {
    header: String,
    values: Vec<String>,
    regexes: Vec<String>,
    pairs: Vec<QueryPattern>,
    /// Whether the member that belongs to the field is there.
    has_config: bool,
}

fn condition(shape: &shapes::Condition, court: &mut Court<'_>) -> Option<Condition> {
    let field = shape
        .field
        .as_deref()
        .or_else(|| field_of(shape))
        .unwrap_or_default();
    let Some((field, member, takes_regex)) = FIELDS.into_iter().find(|(known, ..)| *known == field)
    else {
        let known = FIELDS.map(|(known, ..)| known).join(",");
        court.invalid(format!(
            "Condition field '{field}' must be one of '{known}'"
        ));
        return None;
    };
    let content = content(shape, field, member, court)?;
    if !takes_regex && !content.regexes.is_empty() {
        court.invalid(format!(
            "'RegexValues' is not supported for a condition of type '{field}'"
        ));
        return None;
    }
    let is_empty =
        content.values.is_empty() && content.regexes.is_empty() && content.pairs.is_empty();
    if !content.has_config && is_empty {
        court.invalid(format!(
            "For conditions of type '{field}', you must specify the following fields: '{}{member}'",
            if takes_regex {
                "Values or RegexValues or "
            } else {
                "Values or "
            }
        ));
        return None;
    }
    if takes_regex && content.values.is_empty() == content.regexes.is_empty() {
        court.invalid(format!(
            "You must provide exactly one of the following: ['Values' 'RegexValues'] for config of type '{member}'"
        ));
        return None;
    }
    if is_empty {
        court.invalid(format!(
            "A condition value must be specified for a condition of type '{field}'"
        ));
        return None;
    }
    let patterns = |content: Content| match content.regexes.is_empty() {
        true => Patterns::Wildcards(content.values),
        false => Patterns::Regexes(content.regexes),
    };
    Some(match field {
        "host-header" => Condition::Host(patterns(content)),
        "path-pattern" => Condition::Path(patterns(content)),
        "http-header" => Condition::Header {
            name: content.header.clone(),
            values: patterns(content),
        },
        "http-request-method" => Condition::Method(content.values),
        "query-string" => Condition::Query(content.pairs),
        _ => Condition::Source(nets(&content.values, court)?),
    })
}

/// The field of a condition that names none, by its member.
fn field_of(shape: &shapes::Condition) -> Option<&'static str> {
    let given = [
        shape.http_header_config.is_some(),
        shape.http_request_method_config.is_some(),
        shape.host_header_config.is_some(),
        shape.query_string_config.is_some(),
        shape.path_pattern_config.is_some(),
        shape.source_ip_config.is_some(),
    ];
    let mut fields = FIELDS
        .into_iter()
        .zip(given)
        .filter(|(_, is_given)| *is_given);
    fields.next().map(|((field, ..), _)| field)
}

fn texts(values: Option<&Vec<Text>>) -> Vec<String> {
    values
        .into_iter()
        .flatten()
        .map(|text| text.0.clone())
        .collect()
}

/// Values stand in the condition, in the member of its field, or, in replies, in both alike.
fn content(
    shape: &shapes::Condition,
    field: &str,
    member: &str,
    court: &mut Court<'_>,
) -> Option<Content> {
    let config = match field {
        "host-header" => shape.host_header_config.as_ref(),
        "path-pattern" => shape.path_pattern_config.as_ref(),
        "http-header" => shape.http_header_config.as_ref(),
        "http-request-method" => shape.http_request_method_config.as_ref(),
        "source-ip" => shape.source_ip_config.as_ref(),
        _ => None,
    };
    let mut content = Content {
        header: config
            .and_then(|it| it.http_header_name.clone())
            .unwrap_or_default(),
        values: texts(config.and_then(|it| it.values.as_ref())),
        regexes: texts(config.and_then(|it| it.regex_values.as_ref())),
        pairs: Vec::new(),
        has_config: config.is_some(),
    };
    if let ("query-string", Some(config)) = (field, &shape.query_string_config) {
        content.has_config = true;
        content.regexes = texts(config.regex_values.as_ref());
        let text = |text: &Text| text.0.clone();
        content
            .pairs
            .extend(config.values.iter().flatten().map(|pair| QueryPattern {
                key: pair.key.as_ref().map(text).filter(|key| !key.is_empty()),
                value: pair.value.as_ref().map(text).unwrap_or_default(),
            }));
    }
    let own = (
        texts(shape.values.as_ref()),
        texts(shape.regex_values.as_ref()),
    );
    for (name, own, inner) in [
        ("Values", own.0, &mut content.values),
        ("RegexValues", own.1, &mut content.regexes),
    ] {
        if own.is_empty() || field == "query-string" && name == "Values" {
            continue;
        }
        if inner.is_empty() {
            *inner = own;
        } else if *inner != own {
            court.invalid(format!(
                "You cannot provide both {name} and '{member}' for a condition of type '{field}'"
            ));
            return None;
        }
    }
    Some(content)
}

fn nets(values: &[String], court: &mut Court<'_>) -> Option<Vec<ipnet::IpNet>> {
    let mut nets = Vec::new();
    for value in values {
        match value.parse() {
            Ok(net) => nets.push(net),
            Err(_) => court.invalid(format!(
                "The specified value '{value}' is not a valid CIDR block"
            )),
        }
    }
    (nets.len() == values.len()).then_some(nets)
}

/// The transforms of a rule.
pub(super) fn transforms(rule: &Rule, court: &mut Court<'_>) -> Transforms {
    let mut transforms = Transforms::default();
    for Transform {
        kind,
        host_header_rewrite_config,
        url_rewrite_config,
    } in rule.transforms.iter().flatten()
    {
        let kind = kind.as_deref().unwrap_or_default();
        let (member, config, slot) = match kind {
            "host-header-rewrite" => (
                "HostHeaderRewriteConfig",
                host_header_rewrite_config,
                &mut transforms.host,
            ),
            "url-rewrite" => ("UrlRewriteConfig", url_rewrite_config, &mut transforms.url),
            _ => {
                court.one_of(
                    "transforms.type",
                    kind,
                    &["host-header-rewrite", "url-rewrite"],
                );
                continue;
            }
        };
        let rewrites = config
            .as_ref()
            .and_then(|it| it.rewrites.as_deref())
            .unwrap_or_default();
        let [rewrite] = rewrites else {
            court.invalid(format!(
                "For transforms of type '{kind}', you must specify the following fields: '{member}', with one rewrite"
            ));
            continue;
        };
        let rewrite = Rewrite {
            regex: rewrite.regex.clone().unwrap_or_default(),
            replace: rewrite.replace.clone().unwrap_or_default(),
        };
        if slot.replace(rewrite).is_some() {
            court.invalid(format!("A rule can only have one '{kind}' transform"));
        }
    }
    transforms
}

//! How an l7-switch takes requests in, what it and its listeners change in heads, and how much there may be.

use switchlab_http::{DesyncMode, Parser};
use switchlab_l7::{
    ForwardedFor, HeaderAttributes, IntakeConfig, Preset, Quotas, ResponseAttributes,
};

use crate::read::{Problems, Section};

/// Reads `parser` and `desync`.
pub(super) fn intake(
    section: &mut Section<'_>,
    headers: &HeaderAttributes,
    problems: &mut Problems,
) -> IntakeConfig {
    let modes = [
        ("monitor", DesyncMode::Monitor),
        ("defensive", DesyncMode::Defensive),
        ("strictest", DesyncMode::Strictest),
    ];
    let mode = section.choice("desync", &modes, problems);
    let mode = mode.map_or(DesyncMode::default(), |mode| mode.value);
    let parsers = [("strict", Parser::Strict), ("alb", Parser::Alb(mode))];
    let parser = section.choice("parser", &parsers, problems);
    IntakeConfig {
        parser: parser.map_or(Parser::default(), |parser| parser.value),
        several_hosts: headers.preserve_host_header,
    }
}

/// Reads `preset`.
pub(super) fn preset(section: &mut Section<'_>, problems: &mut Problems) -> Preset {
    let presets = [
        ("alb", Preset::Alb),
        ("clb", Preset::Clb),
        ("haproxy", Preset::Haproxy),
        ("nginx", Preset::Nginx),
        ("envoy", Preset::Envoy),
    ];
    let preset = section.choice("preset", &presets, problems);
    preset.map_or(Preset::default(), |preset| preset.value)
}

/// Reads `dns_name`, `x_forwarded_for`, `xff_client_port`, `preserve_host_header` and
/// `drop_invalid_header_fields`.
pub(super) fn headers(section: &mut Section<'_>, problems: &mut Problems) -> HeaderAttributes {
    let default = HeaderAttributes::default();
    let modes = [
        ("append", ForwardedFor::Append),
        ("preserve", ForwardedFor::Preserve),
        ("remove", ForwardedFor::Remove),
    ];
    let mode = section.choice("x_forwarded_for", &modes, problems);
    let dns_name = section.value::<String>("dns_name", problems);
    let mut flag = |key, default| section.or(key, default, problems);
    HeaderAttributes {
        x_forwarded_for: mode.map_or(default.x_forwarded_for, |mode| mode.value),
        xff_client_port: flag("xff_client_port", default.xff_client_port),
        preserve_host_header: flag("preserve_host_header", default.preserve_host_header),
        drop_invalid_header_fields: flag(
            "drop_invalid_header_fields",
            default.drop_invalid_header_fields,
        ),
        dns_name: dns_name.map(|name| name.value.into()),
    }
}

/// Reads `quotas`; what is not there is ELB's default.
pub(super) fn quotas(section: &mut Section<'_>, problems: &mut Problems) -> Quotas {
    let mut quotas = Quotas::default();
    let Some(mut table) = section.section("quotas", problems) else {
        return quotas;
    };
    for (key, quota) in quotas.by_name() {
        *quota = table.or(key, *quota, problems);
    }
    table.finish(problems);
    quotas
}

/// Reads `server_header` and `response_headers` of a listener.
pub(super) fn responses(table: &mut Section<'_>, problems: &mut Problems) -> ResponseAttributes {
    let default = ResponseAttributes::default();
    let headers = table.section("response_headers", problems);
    ResponseAttributes {
        server_header: table.or("server_header", default.server_header, problems),
        headers: headers.map_or(default.headers, |headers| headers.all(problems)),
    }
}

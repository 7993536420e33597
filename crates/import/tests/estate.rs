//! An account with everything that replies can hold: four load balancers of all types, every attribute, every
//! kind of condition, transform, target and protocol, and answers of commands that nobody needs here.
//!
//! The shapes are those of ELBv2 2015-12-01 as the AWS CLI prints them; the account is made up.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use switchlab_import::elbv2::{ImportError, Imported, Reply, import};

/// Every file of the account, as name and value, by name.
fn estate() -> Vec<(String, Value)> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estate");
    let files = fs::read_dir(folder).expect("the account is there");
    let mut files: Vec<_> = files
        .map(|file| file.expect("a file"))
        .filter(|file| file.path().extension().is_some_and(|it| it == "json"))
        .map(|file| {
            let text = fs::read_to_string(file.path()).expect("it can be read");
            let value = serde_json::from_str(&text).expect("it is JSON");
            (file.file_name().into_string().expect("a name"), value)
        })
        .collect();
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    files
}

fn judged(files: &[(String, Value)]) -> Result<Imported, ImportError> {
    let texts: Vec<_> = files
        .iter()
        .map(|(name, value)| (name, value.to_string()))
        .collect();
    let replies: Vec<_> = texts
        .iter()
        .map(|(name, text)| Reply { name, text })
        .collect();
    import(&replies)
}

#[test]
fn it_becomes_this_lab() {
    let imported = judged(&estate()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(imported.lab, include_str!("estate/lab.toml"));
    let loaded = switchlab_scenario::lab_from_toml(&imported.lab, "lab.toml", None);
    loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false)));
}

#[test]
fn what_a_lab_has_not_is_told() {
    let imported = judged(&estate()).unwrap_or_else(|error| panic!("{error}"));
    let (no_answers, notes): (Vec<&str>, Vec<&str>) = imported
        .notes
        .iter()
        .map(String::as_str)
        .partition(|note| note.contains(" holds no answer of "));
    let files: Vec<_> = no_answers
        .iter()
        .filter_map(|note| note.split(' ').next())
        .collect();
    assert_eq!(
        files,
        [
            "account-limits.json",
            "listener-certificates--store-443.json",
            "tags.json",
            "trust-stores.json",
        ]
    );
    assert_eq!(
        notes,
        [
            "inspect is a gateway load balancer and left out",
            "media is a network load balancer and left out",
            "partners tells targets of TLS; a lab has none, and sends no x-amzn-tls-version",
            "partners:443 asks clients for certificates (verify); a lab does not",
            "partners:8443 asks clients for certificates (passthrough); a lab does not",
            "store tells targets of TLS; a lab has none, and sends no x-amzn-tls-version",
            "the target group inspect-fleet with GENEVE protocol is left out",
            "the target group media-dns with UDP protocol is left out",
            "the target group media-dot with TLS protocol is left out",
            "the target group media-quic with QUIC protocol is left out",
            "the target group media-store with TCP protocol is left out",
            "the target group media-tcp-quic with TCP_QUIC protocol is left out",
            "the targets of store-inference tell at port 3000 how many requests they take; in a lab nobody asks them",
            "partners is active_impaired in the account (capacity); in the lab it is active",
            "targets of store-canary (10.20.1.15:8443): in the account anomaly mitigation is in effect; in the lab all begin with a whole share",
        ]
    );
}

/// Puts a member that no shape has into every object.
fn with_news(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(with_news),
        Value::Object(members) => {
            members.values_mut().for_each(with_news);
            let news = json!({ "Mode": "on", "Values": ["x"], "Number": 1.5, "Nothing": null });
            members.insert("SomethingNew".to_owned(), news);
        }
        _ => {}
    }
}

#[test]
fn what_elb_has_added_since_is_passed_over() {
    let plain = judged(&estate()).unwrap_or_else(|error| panic!("{error}"));
    let mut files = estate();
    files.iter_mut().for_each(|(_, value)| with_news(value));
    let seen = judged(&files).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(seen, plain);
}

/// An action that authenticates, as a reply shows it.
fn authentication(kind: &str) -> Value {
    let (member, config) = match kind {
        "authenticate-oidc" => (
            "AuthenticateOidcConfig",
            json!({
                "Issuer": "https://id.example.com", "AuthorizationEndpoint": "https://id.example.com/authorize",
                "TokenEndpoint": "https://id.example.com/token", "UserInfoEndpoint": "https://id.example.com/me",
                "ClientId": "store", "SessionCookieName": "AWSELBAuthSessionCookie", "Scope": "openid",
                "SessionTimeout": 604_800, "OnUnauthenticatedRequest": "authenticate"
            }),
        ),
        "authenticate-cognito" => (
            "AuthenticateCognitoConfig",
            json!({
                "UserPoolArn": "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_store",
                "UserPoolClientId": "0123456789abcdefghijklmnop", "UserPoolDomain": "store",
                "SessionCookieName": "AWSELBAuthSessionCookie", "Scope": "openid", "SessionTimeout": 604_800,
                "AuthenticationRequestExtraParams": { "display": "page" }, "OnUnauthenticatedRequest": "deny"
            }),
        ),
        _ => (
            "JwtValidationConfig",
            json!({
                "JwksEndpoint": "https://id.example.com/jwks", "Issuer": "https://id.example.com",
                "AdditionalClaims": [{ "Format": "string-array", "Name": "groups", "Values": ["staff"] }]
            }),
        ),
    };
    let mut action = Map::new();
    action.insert("Type".to_owned(), kind.into());
    action.insert("Order".to_owned(), 1.into());
    action.insert(member.to_owned(), config);
    action.into()
}

/// Who is who cannot be told in a lab: such actions are refused by name, and nothing else is.
#[test]
fn actions_that_authenticate_are_refused_by_name() {
    const RULE: &str =
        ":listener-rule/app/store/4ff2b9a3c6d1e875/443b443b443b443b/0005000500050005";
    const PLAIN: &str = ":listener/app/store/4ff2b9a3c6d1e875/80aa80aa80aa80aa";
    for kind in [
        "authenticate-oidc",
        "authenticate-cognito",
        "jwt-validation",
    ] {
        #[rustfmt::skip]
        let rows = [
            ("rules--store-443.json", "/Rules/4/Actions",             RULE,  "NotSupported",              "are left out of labs"),
            ("listeners--store.json", "/Listeners/0/DefaultActions", PLAIN, "InvalidLoadBalancerAction", "only be specified for HTTPS"),
        ];
        for (file, place, resource, code, message) in rows {
            let mut files = estate();
            let (_, reply) = files
                .iter_mut()
                .find(|(name, _)| name == file)
                .expect("a file");
            let actions = reply.pointer_mut(place).and_then(Value::as_array_mut);
            let actions = actions.expect("actions");
            actions[0]["Order"] = 2.into();
            actions.insert(0, authentication(kind));
            let error = judged(&files).expect_err(kind);
            let ImportError::Refused(refusals) = &error else {
                panic!("{error}");
            };
            let [refusal] = &refusals[..] else {
                panic!("{error}");
            };
            assert!(refusal.resource.ends_with(resource), "{error}");
            assert_eq!(refusal.code, code, "{error}");
            assert!(
                refusal.message.contains(&format!("'{kind}'")) && refusal.message.contains(message),
                "{error}"
            );
            let is_ours = error
                .to_string()
                .starts_with("switchlab does not support this:");
            assert_eq!(is_ours, code == "NotSupported", "{error}");
        }
    }
}
